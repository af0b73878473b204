# SPDX-License-Identifier: Apache-2.0
$system = 'HKLM:\SYSTEM\CurrentControlSet\Control\Session Manager'
$windows = 'HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion'
$why = @()
if (Test-Path "$windows\Component Based Servicing\RebootPending") { $why += 'Windows components' }
if (Test-Path "$windows\WindowsUpdate\Auto Update\RebootRequired") { $why += 'Windows Update' }
if ((Get-ItemProperty $system).PSObject.Properties['PendingFileRenameOperations']) {
    $why += 'files to be replaced'
}
if ($why) { 'yes because of ' + ($why -join ', ') } else { 'no' }
