# SPDX-License-Identifier: Apache-2.0
param([string]$Name)
$service = Get-Service -Name $Name -ErrorAction SilentlyContinue
if (-not $service) { 'no it is not installed' }
elseif ($service.Status -eq 'Running') { 'yes it runs' }
else { "no it is $($service.Status)" }
