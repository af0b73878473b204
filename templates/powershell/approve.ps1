# SPDX-License-Identifier: Apache-2.0
# Runs on the head node once a minute: gives each compute node that joined its template, and brings
# it online once. A node that an administrator takes offline later stays offline.
# Windows PowerShell 5.1, ASCII.
. (Join-Path $PSScriptRoot 'lib.ps1')
. (Join-Path $PSScriptRoot 'hpc.ps1')

$ApprovedFolder = Join-Path $StateFolder 'approved'
[void][IO.Directory]::CreateDirectory($ApprovedFolder)

Import-HpcModule
foreach ($node in @(Get-HpcNode -HealthState Unapproved -ErrorAction SilentlyContinue)) {
    try {
        Assign-HpcNodeTemplate -Name $Config.nodeTemplate -NodeName $node.NetBiosName -Confirm:$false
        [IO.File]::WriteAllText((Join-Path $ApprovedFolder $node.NetBiosName), (Get-Timestamp))
        Write-Log "approved compute node $($node.NetBiosName)"
    } catch {
        Write-Log "cannot approve compute node $($node.NetBiosName): $($_.Exception.Message)"
    }
}
foreach ($mark in @(Get-ChildItem $ApprovedFolder)) {
    try {
        $node = Get-HpcNode -Name $mark.Name
        if ($node.NodeState -eq 'Offline' -and $node.HealthState -eq 'OK') {
            Set-HpcNodeState -Name $mark.Name -State Online
            Remove-Item $mark.FullName
            Write-Log "compute node $($mark.Name) is online"
        }
    } catch {
        Write-Log "cannot bring compute node $($mark.Name) online: $($_.Exception.Message)"
    }
}
