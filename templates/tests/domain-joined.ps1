# SPDX-License-Identifier: Apache-2.0
param([string]$Domain)
$computer = Get-CimInstance Win32_ComputerSystem
if (-not $computer.PartOfDomain) { "no it is in the workgroup $($computer.Workgroup)" }
elseif ($computer.Domain -eq $Domain) { "yes $($computer.Name) is in $Domain" }
else { "no it is in $($computer.Domain)" }
