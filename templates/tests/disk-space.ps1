# SPDX-License-Identifier: Apache-2.0
param([string]$Drive, [int]$GiB)
$disk = Get-CimInstance Win32_LogicalDisk -Filter "DeviceID = '$Drive'"
if (-not $disk) { "no there is no drive $Drive"; return }
$free = [math]::Floor($disk.FreeSpace / 1GB)
if ($free -ge $GiB) { "yes $free GiB are free" } else { "no $free GiB are free" }
