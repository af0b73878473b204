# SPDX-License-Identifier: Apache-2.0
# Runs on the head node once a minute: lets compute nodes in and out of the cluster.
# Gives each compute node that joined its template and its group, and brings it online once; a node
# that an administrator takes offline later stays offline, and one that is no instance of this
# cluster is the administrator's own affair. Drains nodes that their Auto Scaling group wants to
# end, and removes those that are gone with their computer accounts.
# Windows PowerShell 5.1, ASCII.
. (Join-Path $PSScriptRoot 'lib.ps1')
. (Join-Path $PSScriptRoot 'hpc.ps1')

$ApprovedFolder = "$StateFolder\approved"
[void][IO.Directory]::CreateDirectory($ApprovedFolder)

# Name of a compute node -> its instance, of all that the cluster has now.
function Get-Instances {
    $found = @{}
    $filter = @(@{Name = 'tag:hpcwiz:cluster'; Values = @($Config.cluster)}, @{Name = 'tag:hpcwiz:role'; Values = @('compute')})
    foreach ($instance in @((Get-EC2Instance -Filter $filter).Instances)) {
        if ($instance.State.Name.Value -ne 'terminated') {
            $found[(ConvertTo-NodeName $instance.InstanceId)] = $instance
        }
    }
    return $found
}

function Get-Node([string] $Name) {
    return Get-HpcNode -Name $Name -ErrorAction Ignore
}

function Approve-Node($Node) {
    Assign-HpcNodeTemplate -Name $Config.nodeTemplate -NodeName $Node.NetBiosName -Async -Confirm:$false
    [IO.File]::WriteAllText("$ApprovedFolder\$($Node.NetBiosName)", (Get-Timestamp))
    Write-Log "approved compute node $($Node.NetBiosName)"
}

function Add-Group([string] $Group, [string] $Name) {
    if (-not (Get-HpcGroup -Name $Group -ErrorAction Ignore)) {
        New-HpcGroup -Name $Group
    }
    if (@(Get-HpcNode -GroupName $Group -ErrorAction Ignore | ForEach-Object { $_.NetBiosName }) -notcontains $Name) {
        Add-HpcGroup -Name $Group -NodeName $Name
    }
}

# The mark goes when the node is online for the first time.
function Start-Node([string] $Name, $Instance) {
    $node = Get-Node $Name
    if (-not $node -or $node.NodeState -ne 'Offline' -or $node.HealthState -ne 'OK') {
        return
    }
    $group = @($Instance.Tags | Where-Object { $_.Key -eq 'hpcwiz:group' })
    if ($group.Count) {
        Invoke-Step "put $Name into the group $($group[0].Value)" { Add-Group $group[0].Value $Name }
    }
    Set-HpcNodeState -Name $Name -State Online
    Remove-Item ("$ApprovedFolder\$Name")
    Write-Log "compute node $Name is online"
}

# Whoever joined a computer to the domain may delete its account.
function Remove-ComputerAccount([string] $Name) {
    $found = (New-Object DirectoryServices.DirectorySearcher "(&(objectClass=computer)(sAMAccountName=$Name`$))").FindOne()
    if ($found) {
        $found.GetDirectoryEntry().DeleteTree()
    }
}

# True when nothing of the node is left in the cluster. Offline without force lets its jobs end.
function Remove-Node([string] $Name, [bool] $Gone) {
    $node = Get-Node $Name
    if (-not $node) {
        return $true
    }
    if ($node.NodeState -notin 'Offline', 'Unknown', 'Rejected') {
        Set-HpcNodeState -Name $Name -State Offline -Force:$Gone -Async
        return $false
    }
    Remove-HpcNode -Name $Name -Confirm:$false
    Invoke-Step "remove the computer account of $Name" { Remove-ComputerAccount $Name }
    Write-Log "compute node $Name has left the cluster"
    return $true
}

# Each step alone: what fails for one node must not hold up the others.
function Invoke-Step([string] $What, [scriptblock] $Action) {
    try {
        & $Action
    } catch {
        Write-Log "cannot ${What}: $($_.Exception.Message)"
    }
}

Import-HpcModule
$instances = @{}
$known = $false
Invoke-Step 'list the instances' {
    $script:instances = Get-Instances
    $script:known = $true
}
foreach ($node in @(Get-HpcNode -HealthState Unapproved -ErrorAction Ignore | Where-Object { $instances.ContainsKey($_.NetBiosName) })) {
    Invoke-Step "approve compute node $($node.NetBiosName)" { Approve-Node $node }
}
foreach ($mark in @(Get-ChildItem $ApprovedFolder)) {
    Invoke-Step "bring compute node $($mark.Name) online" { Start-Node $mark.Name $instances[$mark.Name] }
}
Invoke-Step 'let nodes go' {
    $ids = @($instances.Values | ForEach-Object { $_.InstanceId })
    foreach ($member in @(Get-ASAutoScalingInstance | Where-Object { $_.LifecycleState -eq 'Terminating:Wait' -and $ids -contains $_.InstanceId })) {
        if (Remove-Node (ConvertTo-NodeName $member.InstanceId) $false) {
            Complete-ASLifecycleAction -LifecycleHookName hpcwiz-leave -AutoScalingGroupName $member.AutoScalingGroupName -InstanceId $member.InstanceId -LifecycleActionResult CONTINUE
        }
    }
}
foreach ($node in @(Get-HpcNode -ErrorAction Ignore | Where-Object { $known -and $_.NetBiosName -match '^N-[0-9A-F]{13}$' -and -not $instances.ContainsKey($_.NetBiosName) })) {
    Invoke-Step "remove compute node $($node.NetBiosName)" { [void](Remove-Node $node.NetBiosName $true) }
}
