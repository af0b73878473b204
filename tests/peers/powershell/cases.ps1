# SPDX-License-Identifier: Apache-2.0
# What each role's script does on a simulated Windows. Writes what is wrong, a line each.
Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'
$script:Case = ''
$Password = 'S3cret!"$(x)`;&'

function Expect([bool] $Right, [string] $What) {
    if (-not $Right) { "${script:Case}: $What" }
}

function Expect-Stages([string[]] $Wanted) {
    $stages = @(Get-Stage)
    $ended = @($stages | Where-Object { $_ -notlike '* started *' })
    Expect (($ended -join ', ') -eq ($Wanted -join ', ')) "stages are: $($ended -join ', '); $(@($W.Signals | ForEach-Object { $_.Reason }) -join ', ')"
    foreach ($end in $ended) {
        $name = ($end -split ' ')[0]
        Expect (@($stages | Where-Object { $_ -eq "$name started 0" }).Count -eq 1) "stage $name did not start once"
    }
}

function Expect-NoSecret {
    foreach ($place in @([Windows.Disk]::Everything()) + $W.Lines + $W.Started + @($W.Signals | ForEach-Object { $_.Reason }) + @([Windows.SqlServer]::Statements)) {
        Expect (-not "$place".Contains($Password)) 'a password is in a file, an output, a command line or a statement'
    }
}

function New-Node([string] $Cluster, [string] $Role, [hashtable] $Config = @{}) {
    New-World $Role "$env:HPCWIZ_SCRIPTS/$Cluster/$Role" $Config
    foreach ($key in @($W.Config.Keys | Where-Object { $_ -like '*Name' -and $_ -notlike '*Kept*' -and "$($W.Config[$_])".StartsWith('/') })) {
        $W.Ssm[$W.Config[$key]] = $(if ($key -like '*Username*') { 'svc-hpc' } else { $Password })
    }
    $W.Media = 'HPCPack2019.zip', 'setup.exe', 'Setup\DefineErrorMessages.sql'
}

function Compare-Texts([string[]] $Left, [string[]] $Right) {
    return ($Left -join "`n") -ne ($Right -join "`n")
}

# A compute node finds what its head node offers.
function Add-Head {
    [Windows.File]::WriteAllText('\\riskgrid-HN.corp.example.internal\REMINST\Setup.exe', 'set-up')
    [Windows.File]::WriteAllText('\\riskgrid-HN.corp.example.internal\REMINST\Certificates\HpcCnCommunication.pfx', 'pfx 0123ABCD')
}

# The head node's task runs once a minute: here, whenever somebody waits for it.
function Enable-Approval {
    $W.Break['Get-HpcNode'] = {
        $node = $W.Nodes | Where-Object { $_.Role -eq 'Compute' } | Select-Object -First 1
        if ($node) { $node.NodeState = 'Online'; $node.HealthState = 'OK' }
    }
}

# The stages and their order are those of the simulator's scenario "ok"; in it the head node's
# set-up asks for a restart, which most cases here leave out.
$Scenario = ConvertFrom-Json $env:HPCWIZ_STAGES
function Get-Stages([string] $Role) {
    @($Scenario.$Role | Where-Object { $_.name -ne 'reboot' } | ForEach-Object { "$($_.name) done 0" })
}
$SqlStages = Get-Stages sql
$HeadStages = Get-Stages head
$ComputeStages = Get-Stages compute

$Cases = [ordered]@{}
function Add-Case([string] $Name, $With, [scriptblock] $Do) { $Cases[$Name] = @{With = $With; Do = $Do} }

foreach ($cluster in 'basic', 'manager') {
    Add-Case "sql, first boot, $cluster" $cluster {
        param($cluster)
        New-Node $cluster sql
        if ($cluster -eq 'manager') { Set-Attachment $W.Config.volume $W.Instance }
        Start-Node
        Expect-Stages $SqlStages
        Expect ($W.Name -eq 'riskgrid-DB' -and $W.Domain -eq 'corp.example.internal') "name $($W.Name), domain $($W.Domain)"
        Expect ($W.Disks[0].Formats -eq 1 -and $W.Disks[0].Letter -eq 'S' -and $W.Labels[1] -eq 'hpcwiz-sql') 'the new volume was not formatted once, or not as its tags say'
        Expect ($W.Rules -contains 'S:\SQL NT SERVICE\MSSQLSERVER FullControl ContainerInherit,ObjectInherit None Allow') "rights: $($W.Rules)"
        Expect ($W.Sql.Databases.Count -eq $(if ($W.Config.version -eq 2019) { 7 } else { 5 })) "databases: $($W.Sql.Databases)"
        Expect ($W.Signals.Count -eq 1 -and $W.Signals[0].Code -eq 0) 'success was not signalled once'
        Expect (@([Windows.SqlServer]::Statements -match 'sp_add_job ').Count -eq 1 -and $W.Services.SQLSERVERAGENT -eq 'Running') 'there is no nightly backup'
        Expect ($W.Listener -and $W.Tags['hpcwiz:winrm-sha256'] -match '^[0-9a-f]{64}$') 'the listener has no published fingerprint'
        Expect-NoSecret
    }
}

Add-Case 'sql, second boot changes nothing' $null {
    New-Node basic sql
    Start-Node
    $log = Get-InstallLog
    $statements = [Windows.SqlServer]::Statements.Count
    Restart-World
    Start-Node
    Expect ((Get-InstallLog) -eq $log) 'the second boot wrote into the log'
    Expect ([Windows.SqlServer]::Statements.Count -eq $statements) 'the second boot asked SQL Server'
    Expect ($W.Signals.Count -eq 1 -and $W.Disks[0].Formats -eq 1) 'the second boot signalled or formatted'
}

Add-Case 'sql, instance replaced, volume kept' $null {
    New-Node basic sql
    Start-Node
    Switch-Instance 'i-0fff1234def567890'
    Start-Node
    Expect-Stages $SqlStages
    Expect ($W.Disks[0].Formats -eq 1) 'the kept volume was formatted again'
    Expect ($W.Attached -eq 'i-0fff1234def567890') 'the volume is not at the new instance'
}

Add-Case 'sql, the tags of the volume say letter and label' $null {
    New-Node basic sql
    $W.VolumeTags = @{DriveLetter = 'T'; SystemLabel = 'risk data'}
    Start-Node
    Expect-Stages $SqlStages
    Expect ($W.Disks[0].Letter -eq 'T' -and $W.Labels[1] -eq 'risk data') "letter $($W.Disks[0].Letter), label $($W.Labels[1])"
}

Add-Case 'sql, a disk that holds something else is left alone' $null {
    New-Node basic sql
    Set-Attachment $W.Config.volume $W.Instance
    $W.Disks[0].PartitionStyle = 'MBR'
    Start-Node
    Expect (@(Get-Stage)[-1] -eq 'volumes failed 1' -and $W.Disks[0].Formats -eq 0) "stages: $(Get-Stage)"
    Expect ($W.Signals[0].Reason -match 'it is left as it is') "reason: $($W.Signals[0].Reason)"
}

Add-Case 'sql, an edition that does not listen' $null {
    New-Node basic sql
    $W.Ssm[$W.Config.sqlUsernameName] = 'CORP\svc-sql'
    $W.Sql.Tcp = 0
    Start-Node
    Expect-Stages $SqlStages
    Expect ($W.Sql.Tcp -eq 1 -and -not $W.Sql.Mixed -and "$($W.Restarted)" -eq 'MSSQLSERVER') "TCP $($W.Sql.Tcp), restarted: $($W.Restarted)"
}

Add-Case 'sql, mixed mode only for a login of its own' $null {
    New-Node basic sql
    Start-Node
    Expect ($W.Sql.Mixed) 'a SQL login needs mixed mode'
    New-Node basic sql
    $W.Ssm[$W.Config.sqlUsernameName] = 'CORP\svc-sql'
    Start-Node
    Expect (-not $W.Sql.Mixed -and -not $W.Restarted) 'a domain login needs neither mixed mode nor a restart'
}

Add-Case 'head, first boot, 2019' $null {
    New-Node basic head
    [Windows.File]::WriteAllText('C:\HPCPack\JobTemplates\Night runs.xml', '<JobTemplate/>')
    Start-Node
    Expect-Stages $HeadStages
    Expect ($W.JobTemplates['Night runs'] -eq '<JobTemplate/>') "job templates: $($W.JobTemplates.Keys)"
    $setup = @($W.Started | Where-Object { $_ -match 'setup\.exe' })
    Expect ($setup.Count -eq 1) "set-up ran $($setup.Count) times"
    foreach ($part in '-unattend', '-Quiet', '-HeadNode', '-SSLThumbprint:[0-9A-F]{40}', '-SkipComponent:rras,dhcp,wds', 'HAStorageDbConStr', 'HAWitnessDbConStr', 'Integrated Security=True') {
        Expect ("$setup" -match $part) "the set-up command line lacks $part`: $setup"
    }
    Expect ($W.Name -eq 'riskgrid-HN') "name $($W.Name)"
    foreach ($name in 'HPCManagement', 'HPCScheduler', 'HPCReporting', 'HPCDiagnostics', 'HPCMonitoring', 'HPCHAStorage', 'HPCHAWitness') {
        Expect ("$setup".Contains(":`"Data Source=10.20.1.5;Initial Catalog=$name;Integrated Security=True`"")) "no connection to ${name}: $setup"
    }
    Expect ([Windows.SqlServer]::Statements -contains 'media') 'the error messages of HPC Pack are not defined'
    $certificate = $W.Certificates | Where-Object { $_.Subject -like 'CN=HPC*' }
    Expect (@($certificate).Count -eq 1 -and $certificate.KeySpec -eq 'KeyExchange' -and $certificate.Exportable) 'the certificate does not fit'
    Expect ($certificate.Provider -eq 'Microsoft Enhanced RSA and AES Cryptographic Provider') "provider $($certificate.Provider)"
    Expect ("$($certificate.Extensions)" -match '1\.3\.6\.1\.5\.5\.7\.3\.1.*1\.3\.6\.1\.5\.5\.7\.3\.2') 'the certificate is not for server and client'
    Expect ([Windows.CertificateStore]::Roots.Count -eq 1) 'the certificate is not trusted'
    $ends = $certificate.NotAfter.ToUniversalTime().ToString('yyyy-MM-ddTHH:mm:ssZ')
    Expect ((Get-InstallLog) -match "stage=certificate status=done code=0 msg=`"$($certificate.Thumbprint) valid until $ends`"") 'the log does not tell when the certificate ends'
    Expect ((Get-InstallLog) -match 'stage=boot status=done code=0 msg="i-[0-9a-f]+ winrm ready, its certificate valid until \d{4}-\d\d-\d\dT[0-9:]+Z"') 'the log does not tell when the certificate of WinRM ends'
    Expect ($W.Topology -eq 'Enterprise') "topology $($W.Topology)"
    Expect ($W.Properties.InstallCredential -eq 'CORP\svc-hpc' -and $W.Properties.JobCredential -eq 'CORP\svc-hpc' -and $W.Properties.NodeNamingSeries) 'credentials or naming series are missing'
    Expect (@($W.Members).Count -eq 2) "members: $($W.Members | ForEach-Object { $_.Name })"
    Expect ($W.InstallCertificate -like "pfx $($certificate.Thumbprint) *") 'another certificate was published'
    Expect (($W.Nodes | Where-Object { $_.Role -eq 'Head BrokerNode' }).NodeState -eq 'Online') 'the head node is not online'
    Expect ($W.Tasks['hpcwiz-approve'].User -eq 'CORP\svc-hpc') 'no approval task'
    Expect (-not [Windows.Disk]::Has('C:\ProgramData\hpcwiz\HpcCnCommunication.pfx')) 'the exported key lies about'
    Expect ("$($W.Tasks.Keys)" -eq 'hpcwiz-approve') "tasks: $($W.Tasks.Keys)"
    Expect (-not ($W.Acls -match 'MachineKeys')) 'the services of 2019 need no key of NETWORK SERVICE'
    Expect-NoSecret
}

Add-Case 'head, first boot, 2016' $null {
    New-Node manager head
    $W.Break['second adapter'] = $true
    Start-Node
    Expect-Stages $HeadStages
    Expect ($W.Topology -eq 'Enterprise') 'the adapter with the kept address was not chosen'
    Expect (@($W.Acls -match 'MachineKeys\\key-[0-9A-F]{40} /grant \*S-1-5-20:R').Count -eq 1) "rights: $($W.Acls)"
    $setup = "$($W.Started -match 'setup\.exe')"
    Expect ($setup -match 'MonDbConStr' -and $setup -notmatch 'HAStorage|HAWitness') "2016 knows five databases: $setup"
}

Add-Case 'head, databases on this node' $null {
    New-Node local-ssh head
    Start-Node
    Expect-Stages ($HeadStages -replace 'wait-sql done', 'wait-sql skipped')
    Expect ("$($W.Started -match 'setup\.exe')" -notmatch 'DbConStr') 'SQL Server Express needs no connection string'
    Expect ($W.Tags['hpcwiz:ssh-sha256'] -match '^[0-9a-f]{64} [0-9a-f]{64}$' -and -not $W.Listener) 'SSH keys are not published, or WinRM is open'
    Expect ([Windows.File]::ReadAllText('C:\ProgramData\ssh\administrators_authorized_keys') -eq "ssh-rsa AAAA hpc-admin`n") 'the key pair cannot log on'
    Expect (@($W.Acls -match 'administrators_authorized_keys /inheritance:r').Count -eq 1) 'sshd ignores keys that others may write'
    Expect ($W.StartTypes['wuauserv'] -eq 'Disabled') 'updates may restart the node'
}

Add-Case 'a listener of the image gives way' $null {
    New-Node basic sql
    $W.Listener = [pscustomobject]@{Keys = @('Transport=HTTPS'); Thumbprint = 'OLD'}
    Start-Node
    $made = @($W.Certificates | Where-Object { $_.FriendlyName -eq 'hpcwiz WinRM' })
    Expect ($made.Count -eq 1 -and $W.Listener.Thumbprint -eq $made[0].Thumbprint) "the listener has the certificate $($W.Listener.Thumbprint)"
}

Add-Case 'nobody else writes where the scripts are' $null {
    New-Node basic sql
    Start-Node
    foreach ($folder in 'C:\hpcwiz', 'C:\ProgramData\hpcwiz') {
        Expect (@($W.Acls | Where-Object { $_.StartsWith("$folder /inheritance:r /grant ") }).Count -ge 1) "rights: $($W.Acls)"
    }
}

# The account's name in each form that a parameter may hold.
foreach ($name in 'svc-hpc', 'CORP\svc-hpc', 'svc-hpc@corp.example.internal', 'corp.example.internal\svc-hpc') {
    Add-Case "the service account as $name" $name {
        param($name)
        New-Node basic head
        $W.Ssm[$W.Config.serviceUsernameName] = $name
        Start-Node
        Expect-Stages $HeadStages
        Expect ($W.Properties.InstallCredential -eq 'CORP\svc-hpc' -and $W.User -eq 'CORP\svc-hpc') "went on as $($W.User)"
    }
}

Add-Case 'two runs at a time' $null {
    New-Node basic sql
    $W.Break['lock'] = $true
    Start-Node
    Expect (-not @(Get-Stage).Count -and (Get-InstallLog) -match 'another run goes on') "stages: $(Get-Stage)"
}

Add-Case 'the task of the service account does not start' $null {
    New-Node basic head
    $W.Break['task'] = $true
    $W.TaskResult = 2147943785
    Start-Node
    Expect (@(Get-Stage)[-1] -eq 'domain failed 1') "stages: $(Get-Stage)"
    Expect ($W.Signals.Count -eq 1 -and $W.Signals[0].Reason -match 'its task ended with code 2147943785') "reason: $($W.Signals[0].Reason)"
}

foreach ($role in 'head', 'compute-std') {
    Add-Case "$role, .NET Framework is too old" $role {
        param($role)
        New-Node basic $role
        if ($role -ne 'head') { Add-Head; Enable-Approval }
        $root = $(if ($role -eq 'head') { 'C:\HPCPack' } else { '\\riskgrid-HN.corp.example.internal\REMINST' })
        [Windows.File]::WriteAllText("$root\DotNetFramework\NDP48-x86-x64-AllOS-ENU.exe", 'installer')
        $W.Registry['HKLM:\SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full'].Release = 394802
        $W.ExitCodes['ndp48-x86-x64-allos-enu.exe'] = @(3010)
        Start-Node
        Expect-Stages $(if ($role -eq 'head') { $HeadStages } else { $ComputeStages })
        Expect (@($W.Started -match 'NDP48-x86-x64-AllOS-ENU\.exe /q /norestart$').Count -eq 1 -and $W.Boots -eq 2) "started: $($W.Started)"
    }
}

Add-Case 'compute, HPC Pack is in the image' $null {
    New-Node basic compute-std
    Add-Head
    Enable-Approval
    Install-Pack '-ComputeNode:"other" -SSLThumbprint:00'
    $W.Nodes = @()
    $W.Break['Get-HpcNode'] = { $W.Nodes = @([pscustomobject]@{NetBiosName = $W.Name; Name = $W.Name; NodeState = 'Online'; HealthState = 'OK'; Role = 'Compute'; Template = 't'}); $null }
    Start-Node
    Expect-Stages $ComputeStages
    $key = $W.Registry['HKLM:\SOFTWARE\Microsoft\HPC']
    Expect ($key.ClusterConnectionString -eq 'riskgrid-HN' -and $key.SSLThumbprint -eq '0123ABCD') "the node knows $($key.Values)"
    Expect ($W.Restarted -contains 'HpcManagement' -and -not ($W.Started -match 'setup')) "restarted: $($W.Restarted)"
}

Add-Case 'head, second boot changes nothing' $null {
    New-Node basic head
    Start-Node
    $log = Get-InstallLog
    $count = $W.Started.Count
    Restart-World
    Start-Node
    Expect ((Get-InstallLog) -eq $log -and $W.Started.Count -eq $count -and $W.Signals.Count -eq 1) 'the second boot did something'
}

foreach ($role in 'head', 'compute-std') {
    Add-Case "$role, set-up asks for a restart" $role {
        param($role)
        New-Node basic $role
        if ($role -ne 'head') { Add-Head; Enable-Approval }
        $W.ExitCodes['setup.exe'] = @(3010)
        Start-Node
        $all = if ($role -eq 'head') { $HeadStages } else { $ComputeStages }
        $wanted = foreach ($stage in $all) { if ($stage -eq 'setup done 0') { 'setup done 3010'; 'reboot done 0' } else { $stage } }
        Expect-Stages $wanted
        Expect ($W.Boots -eq 2) "restarted $($W.Boots) times: the domain and set-up each want one"
        Expect ($W.Signals.Count -eq 1 -and $W.Signals[0].Code -eq 0) 'success was not signalled once'
    }
    Add-Case "$role, set-up fails and comes right" $role {
        param($role)
        New-Node basic $role
        if ($role -ne 'head') { Add-Head; Enable-Approval }
        $W.ExitCodes['setup.exe'] = @(1, 1603)
        Start-Node
        Expect (@($W.Started -match 'setup\.exe').Count -eq 3) 'set-up was not tried three times'
        Expect (@(Get-Stage) -contains 'signal done 0') 'the installation did not end'
    }
}

Add-Case 'head, a restart as the simulator plays it' $null {
    New-Node basic head
    $W.ExitCodes['setup.exe'] = @(3010)
    Start-Node
    Expect-Stages @($Scenario.head | ForEach-Object { "$($_.name) done $($_.code)" })
}

Add-Case 'compute, first boot' $null {
    New-Node basic compute-std
    Add-Head
    Enable-Approval
    Start-Node
    Expect-Stages $ComputeStages
    Expect ($W.Name.Length -le 15 -and $W.Name -like 'N-*') "name $($W.Name)"
    $setup = "$($W.Started -match 'setup\.exe')"
    Expect ($setup -match '-ComputeNode:"riskgrid-HN" -SSLThumbprint:0123ABCD$') "set-up: $setup"
    Expect ([Windows.CertificateStore]::Roots.Count -eq 1) 'the head node is not trusted'
    Expect ([Windows.Environment]::Machine['CCP_SCHEDULER'] -eq 'riskgrid-HN') 'CCP_SCHEDULER is not set'
    Expect ($W.Signals.Count -eq 1 -and $W.Signals[0].Code -eq 0) 'success was not signalled once'
    Expect-NoSecret
}

# A head node with the compute nodes N-... of the instances i-....
function New-Cluster([string[]] $Ids) {
    New-Node basic head
    Start-Node
    $W.User = 'CORP\svc-hpc'
    foreach ($id in $Ids) {
        $name = 'N-' + $id.Substring($id.Length - 13).ToUpperInvariant()
        $W.Nodes += [pscustomobject]@{NetBiosName = $name; Name = $name; NodeState = 'Unknown'; HealthState = 'Unapproved'; Role = 'Compute'; Template = $null}
        $W.Instances += [pscustomobject]@{InstanceId = $id; LifecycleState = 'InService'; State = [pscustomobject]@{Name = [pscustomobject]@{Value = 'running'}}; Tags = @([pscustomobject]@{Key = 'hpcwiz:group'; Value = 'std'})}
    }
}
function Invoke-Approval { & "$($W.Folder)/approve.ps1" }
function Get-World([string] $Name) { $W.Nodes | Where-Object { $_.Name -eq $Name } }
$One, $Two = 'i-0aaa1111aaaa11112', 'i-0bbb1111bbbb11112'
$NodeOne, $NodeTwo = @($One, $Two | ForEach-Object { 'N-' + $_.Substring($_.Length - 13).ToUpperInvariant() })

Add-Case 'approval: template, group, online once' $null {
    New-Cluster $One
    Invoke-Approval
    $node = Get-World $NodeOne
    Expect ($node.NodeState -eq 'Online' -and $node.Template -eq $W.Config.nodeTemplate) "the node is $($node.NodeState) with '$($node.Template)'"
    Expect ("$($W.Groups['std'])" -eq $NodeOne) "the group std holds '$($W.Groups['std'])'"
    $node.NodeState = 'Offline'
    Invoke-Approval
    Expect ($node.NodeState -eq 'Offline') 'a node that was taken offline came back'
}

Add-Case 'approval: a node that has to go is drained first' $null {
    New-Cluster $One, $Two
    Invoke-Approval
    $W.Instances[0].LifecycleState = 'Terminating:Wait'
    Invoke-Approval
    Expect ((Get-World $NodeOne).NodeState -eq 'Draining' -and $W.Left.Count -eq 0) 'a node went before its jobs ended'
    (Get-World $NodeOne).NodeState = 'Offline'
    Invoke-Approval
    Expect (-not (Get-World $NodeOne) -and "$($W.Left)" -eq $One) "left: $($W.Left)"
    Expect ((Get-World $NodeTwo).NodeState -eq 'Online') 'the other node went too'
}

Add-Case 'approval: a node whose instance is gone is removed' $null {
    New-Cluster $One, $Two
    Invoke-Approval
    $W.Instances = @($W.Instances[1])
    Invoke-Approval
    Invoke-Approval
    Expect (-not (Get-World $NodeOne) -and (Get-World $NodeTwo)) "nodes: $($W.Nodes | ForEach-Object { $_.Name })"
    $W.Break['Get-EC2Instance'] = 'AccessDenied'
    Invoke-Approval
    Expect ([bool](Get-World $NodeTwo)) 'a list that could not be read emptied the cluster'
    Expect ((Get-World 'riskgrid-HN').NodeState -eq 'Online') 'the head node was touched'
}

Add-Case 'approval: what is no instance of the cluster is not approved' $null {
    New-Cluster $One
    $W.Nodes += [pscustomobject]@{NetBiosName = 'DESKTOP-7'; Name = 'DESKTOP-7'; NodeState = 'Unknown'; HealthState = 'Unapproved'; Role = 'Compute'; Template = $null}
    Invoke-Approval
    Expect ((Get-World $NodeOne).NodeState -eq 'Online' -and -not (Get-World 'DESKTOP-7').Template) 'a stranger was approved'
}

Add-Case 'approval: a group that cannot be filled holds nobody up' $null {
    New-Cluster $One
    $W.Break['Add-HpcGroup'] = 'the group is locked'
    Invoke-Approval
    Expect ((Get-World $NodeOne).NodeState -eq 'Online' -and (Get-InstallLog) -match 'the group is locked') 'the node is not online'
}

Add-Case 'approval: the computer account goes with its node' $null {
    New-Cluster $One, $Two
    $W.Accounts = @($NodeOne, $NodeTwo)
    Invoke-Approval
    $W.Instances = @($W.Instances[1])
    Invoke-Approval
    Invoke-Approval
    Expect ("$($W.Accounts)" -eq $NodeTwo) "accounts: $($W.Accounts)"
}

# Every step may be the last before the power fails; what was cut off is ended after the restart.
foreach ($role in 'sql', 'head', 'compute-std') {
    Add-Case "$role, the power fails anywhere" $role {
        param($role)
        for ($at = 1; $at -lt 2000; $at++) {
            New-Node basic $role
            if ($role -like 'compute*') { Add-Head; Enable-Approval }
            $W.CutAt = $at
            Start-Node
            if (-not $W.Cuts) { break }
            $script:Case = "$role, the power fails at step $at"
            $stages = @(Get-Stage)
            Expect ($stages[-1] -eq 'signal done 0' -and -not ($stages -match ' failed ')) "stages: $($stages -join ', ')"
            Expect (@($W.Signals | Where-Object { $_.Code }).Count -eq 0 -and $W.Signals.Count -in 1, 2) "signalled $($W.Signals.Count) times"
            Expect (-not @($W.Disks | Where-Object { $_.Formats -notin 1, 2 -or $_.Letter -ne 'S' }).Count) 'the disk is not as it should be'
            Expect (@($W.Certificates | Where-Object { $_.Subject -like 'CN=HPC*' -or $_.Thumbprint -eq '0123ABCD' } | ForEach-Object { $_.Thumbprint } | Select-Object -First 9).Count -le 2) 'there are too many certificates'
            Expect (-not @($W.Tasks.Keys | Where-Object { $_ -like 'hpcwiz-resume*' }).Count) "tasks: $($W.Tasks.Keys)"
            if ($role -eq 'head') {
                $ours = @($W.Certificates | Where-Object { $_.Subject -like 'CN=HPC*' })
                Expect ($ours.Count -eq 1 -and [Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($W.Ssm['/hpcwiz/riskgrid/certificate'])) -like "pfx $($ours[0].Thumbprint) *") 'the certificate that is kept is another'
                Expect ($W.InstallCertificate -like "pfx $($ours[0].Thumbprint) *") 'the certificate that is published is another'
            }
            Expect-NoSecret
        }
        Expect ($at -gt 40) "only $at steps"
    }
}

# Where the markers are lost every stage looks at the machine, and finds its work done.
foreach ($role in 'sql', 'head', 'compute-std') {
    Add-Case "$role, markers lost" $role {
        param($role)
        New-Node basic $role
        if ($role -like 'compute*') { Add-Head; Enable-Approval }
        Start-Node
        $seen = @($W.Started.Count, @($W.Certificates | Where-Object { $_.Subject -like 'CN=HPC*' }).Count, @($W.Members).Count, @($W.Templates).Count, $W.Boots)
        foreach ($file in @([Windows.Disk]::Below('C:\ProgramData\hpcwiz\stages'))) { [Windows.Disk]::Remove($file) }
        Start-Node
        Expect (@(Get-Stage)[-1] -eq 'signal done 0') "the last stage line is '$(@(Get-Stage)[-1])'"
        $now = @($W.Started.Count, @($W.Certificates | Where-Object { $_.Subject -like 'CN=HPC*' }).Count, @($W.Members).Count, @($W.Templates).Count, $W.Boots)
        Expect ("$now" -eq "$seen") "set-ups, certificates, members, templates, restarts: $seen became $now"
        Expect (-not @($W.Disks | Where-Object { $_.Formats -ne 1 }).Count) 'the disk was formatted again'
    }
}

Add-Case 'head, instance replaced: the certificate stays' $null {
    New-Node basic head
    Start-Node
    $first = $W.InstallCertificate
    Expect ([bool]$W.Ssm['/hpcwiz/riskgrid/certificate']) 'the certificate is not kept'
    Switch-Instance 'i-0fff1234def567890'
    Start-Node
    Expect (@(Get-Stage)[-1] -eq 'signal done 0') "the last stage line is '$(@(Get-Stage)[-1])'"
    Expect ($W.InstallCertificate -eq $first) "'$first' became '$($W.InstallCertificate)'"
    Expect-NoSecret
}

foreach ($folder in [System.IO.Directory]::GetDirectories("$env:HPCWIZ_SCRIPTS/hostile-12-groups")) {
    $role = [System.IO.Path]::GetFileName($folder)
    if ($role.EndsWith('.adapted')) { continue }
    Add-Case "hostile texts, $role" $role {
        param($role)
        New-Node hostile-12-groups $role
        if ($role -like 'compute*') {
            [Windows.File]::WriteAllText("\\$($W.Config.headNode).$($W.Config.domain)\REMINST\Setup.exe", 'set-up')
            [Windows.File]::WriteAllText("\\$($W.Config.headNode).$($W.Config.domain)\REMINST\Certificates\HpcCnCommunication.pfx", 'pfx 0123ABCD')
            Enable-Approval
        }
        Start-Node
        Expect (@(Get-Stage)[-1] -eq 'signal done 0') "the last stage line is '$(@(Get-Stage)[-1])'"
        Expect ($W.Ou -eq $W.Config.ou) "the unit is $($W.Ou)"
        if ($role -eq 'head') {
            Expect (-not (Compare-Texts @($W.Members | ForEach-Object { $_.Name }) @($W.Config.administrators + $W.Config.users))) "members: $(@($W.Members | ForEach-Object { $_.Name }))"
            Expect ($W.Templates -contains $W.Config.nodeTemplate) "templates: $($W.Templates)"
        }
        Expect-NoSecret
    }
}

Add-Case 'media from S3, verified' $null {
    New-Node basic head
    $hash = [System.Convert]::ToHexString([System.Security.Cryptography.SHA256]::HashData([Text.Encoding]::UTF8.GetBytes('media'))).ToLowerInvariant()
    $W.Sums = "$hash  HPCPack2019.zip`r`n$hash *setup.exe`r`n"
    Start-Node
    Expect ((Get-InstallLog) -match 'HPCPack2019\.zip verified' -and (Get-InstallLog) -match 'setup\.exe verified') 'the media were not verified'
    New-Node basic head
    $W.Sums = "$('0' * 64)  HPCPack2019.zip"
    Start-Node
    Expect (@(Get-Stage)[-1] -eq 'setup failed 1') 'media with a wrong checksum were installed'
    Expect ($W.Signals[0].Reason -match 'HPCPack2019.zip differs from its checksum') "reason: $($W.Signals[0].Reason)"
    New-Node basic head
    [Windows.File]::WriteAllText('C:\HPCPack\setup.exe', 'baked into the image')
    $W.Break['Read-S3Object'] = 'nothing is to be fetched'
    Start-Node
    Expect (@(Get-Stage)[-1] -eq 'signal done 0') 'media of the image were not used'
    New-Node basic head
    $W.Sums = "$hash  HPCPack2019.zip"
    Start-Node
    Expect (@(Get-Stage)[-1] -eq 'setup failed 1' -and $W.Signals[0].Reason -match 'setup.exe is not in SHA256SUMS') "reason: $($W.Signals[0].Reason)"
}

foreach ($place in @('s3://my-bucket/', 'my-bucket /'), @('s3://my-bucket/a/b #1%/', 'my-bucket a/b #1%')) {
    Add-Case "media in $($place[0])" $place {
        param($place)
        New-Node basic head @{media = $place[0]}
        $W.Cluster = 'other media' # than the policy of the cluster allows
        Start-Node
        Expect ($W.Fetched -eq $place[1]) "fetched: $($W.Fetched)"
        Expect (@(Get-Stage)[-1] -eq 'signal done 0') "the last stage line is '$(@(Get-Stage)[-1])'"
    }
}

Add-Case 'image: nothing of the making is left' $null {
    New-Node basic sql
    $made = New-SelfSignedCertificate -DnsName packer -CertStoreLocation Cert:\LocalMachine\My
    [void](New-Item WSMan:\localhost\Listener -Transport HTTPS -CertificateThumbPrint $made.Thumbprint)
    [void](New-NetFirewallRule -Name packer-winrm)
    $W.Services.sshd = 'Running'
    $left = 'C:\ProgramData\ssh\ssh_host_rsa_key', 'C:\Windows\Temp\script.ps1', 'C:\Users\Administrator\AppData\Local\Temp\AWSCLIV2.msi'
    foreach ($file in $left) { [Windows.File]::WriteAllText($file, 'x') }
    [Windows.File]::WriteAllText('C:\Program Files\Amazon\EC2Launch\EC2Launch.exe', 'x')
    $env:windir = 'C:\Windows'
    $script = Copy-Script "$env:HPCWIZ_SCRIPTS/image"
    & "$script/finish.ps1"
    Expect ($W.Listener -and -not $W.Launched -and $W.Next -eq 'hpcwiz-finish') 'Packer was cut off before it hung up'
    Expect ($W.Tasks['hpcwiz-finish'].Action -match '-File C:\\Windows\\hpcwiz-finish\.ps1 -Now$') "task: $($W.Tasks['hpcwiz-finish'].Action)"
    & "$script/finish.ps1" -Now
    Expect (-not $W.Listener -and -not $W.Certificates -and $W.Rules -notcontains 'packer-winrm') 'the way in of Packer is still there'
    foreach ($file in $left) { Expect (-not [Windows.Disk]::Has($file)) "$file is still there" }
    Expect (-not $W.Tasks.Count -and $W.Services.sshd -eq 'Stopped') "tasks: $($W.Tasks.Keys)"
    Expect ("$($W.Launched)" -eq 'reset --clean, sysprep --clean --shutdown=true') "EC2Launch: $($W.Launched)"
}

Add-Case 'logs go to CloudWatch where they are asked for' $null {
    $parameter = '/hpcwiz/riskgrid/cloudwatch-agent'
    New-Node basic sql @{logs = $parameter}
    Start-Node
    Expect-Stages $SqlStages
    Expect (@($W.Started -match '^msiexec.exe /i C:\\ProgramData\\hpcwiz\\agent.msi /qn$').Count -eq 1) "started: $($W.Started)"
    Expect ("$($W.Agent)" -eq "fetch-config ec2 True ssm:$parameter") "the agent was told: $($W.Agent)"
    New-Node basic sql
    Start-Node
    Expect (-not $W.Agent -and -not $W.Started) 'the agent was started unasked'
}

foreach ($problem in 'unsigned', 'unreachable') {
    Add-Case "an agent that is $problem is no reason to fail" $problem {
        param($problem)
        New-Node basic sql @{logs = '/hpcwiz/riskgrid/cloudwatch-agent'}
        if ($problem -eq 'unsigned') { $W.Signature = 'NotSigned' } else { $W.Break['Invoke-WebRequest'] = 'no way out' }
        Start-Node
        Expect-Stages $SqlStages
        Expect (-not $W.Agent -and -not $W.Started) "started: $($W.Started) $($W.Agent)"
        Expect ((Get-InstallLog) -match 'no logs to CloudWatch: (its installer is not signed|no way out)') 'the log does not say why'
    }
}

# The ways to fail that a node's script meets, of the known failure modes (F numbers of the rules
# that explain them): role, stage and exit code that must be signalled, what breaks.
$Failures = @(
    @('-', 'sql', 'boot', 1, { $W.Break['New-EC2Tag'] = 'AccessDenied: ec2:CreateTags' }),
    @('-', 'sql', 'volumes', 1, { $W.Break['Add-EC2Volume'] = 'InvalidVolume.ZoneMismatch' }),
    @('F64', 'sql', 'volumes', 1, { $W.Break['Add-EC2Volume'] = 'VolumeInUse: the volume is attached to another instance' }),
    @('F96', 'sql', 'domain', 1, { $W.Break['Resolve-DnsName'] = 'DNS name does not exist' }),
    @('F96', 'sql', 'domain', 1, { $W.Break['Add-Computer'] = 'the user name or password is incorrect' }),
    @('F68', 'sql', 'domain', 1, { $W.Break['Get-SSMParameter'] = 'AccessDeniedException: ssm:GetParameter' }),
    @('F67', 'sql', 'domain', 1, { $W.Ssm.Remove($W.Config.servicePasswordName) }),
    @('F70', 'sql', 'domain', 1, { $W.Break['Get-SSMParameter'] = 'AccessDeniedException: kms:Decrypt' }),
    @('-', 'sql', 'sql-config', 1, { $W.Break['Start-Service'] = 'Service MSSQLSERVER cannot be started' }),
    @('F46', 'sql', 'sql-config', 1, { [Windows.SqlServer]::Refuse = { param($text) 'A network-related or instance-specific error occurred' } }),
    @('F44', 'sql', 'sql-config', 1, { $W.Sql.Sysadmin = 0 }),
    @('F41', 'sql', 'databases', 1, { $W.Break['sql'] = 'DECLARE @plan TABLE', 'CREATE FILE encountered operating system error 5(Access is denied.)' }),
    @('F42', 'sql', 'databases', 1, { $W.Break['sql'] = 'DECLARE @plan TABLE', 'cannot be opened because it is version 957. This server supports version 904 and earlier.' }),
    @('F43', 'sql', 'databases', 1, { $W.Break['sql'] = 'DECLARE @plan TABLE', 'Database HPCScheduler cannot be opened due to inaccessible files' }),
    @('F44', 'sql', 'databases', 1, { $W.Break['sql'] = 'DECLARE @plan TABLE', 'CREATE DATABASE permission denied in database master.' }),
    @('F45', 'sql', 'databases', 1, { $W.Break['sql'] = 'DECLARE @plan TABLE', 'Cannot create file HPCScheduler.mdf because it already exists.' }),
    @('F40', 'sql', 'logins', 1, { $W.Break['sql'] = 'CREATE LOGIN', 'Login failed for user svc-hpc.' }),
    @('F46', 'head', 'wait-sql', 1, { [Windows.SqlServer]::Refuse = { param($text) 'A network-related or instance-specific error occurred' } }),
    @('F28', 'head', 'wait-sql', 1, { [Windows.SqlServer]::Refuse = { param($text) 'Cannot open database HPCManagement requested by the login.' } }),
    @('F39', 'head', 'wait-sql', 1, { $W.Break['sql'] = 'CREATE LOGIN', 'Login failed. The login is from an untrusted domain.' }),
    @('F68', 'head', 'certificate', 1, { $W.Break['Write-SSMParameter'] = 'AccessDenied: ssm:PutParameter' }),
    @('F38', 'head', 'certificate', 1, { $W.Break['New-SelfSignedCertificate'] = { param($given) if ($given['Subject']) { 'Keyset does not exist' } } }),
    @('F36', 'head', 'certificate', 1, { $W.Break['Export-PfxCertificate'] = 'Cannot export non-exportable private key.' }),
    @('F78', 'head', 'setup', 1, { $W.Media = @(); $W.Break['Read-S3Object'] = 'Access Denied' }),
    @('-', 'head', 'setup', 1, { $W.Media = @() }),
    @('F1', 'head', 'setup', 13818, { $W.ExitCodes['setup.exe'] = @(13818) }),
    @('-', 'head', 'setup', 1603, { $W.ExitCodes['setup.exe'] = @(1603) * 8 }),
    @('F3', 'head', 'setup', -532462766, { $W.ExitCodes['setup.exe'] = @(-532462766) * 8 }),
    @('F3', 'head', 'setup', 1, { $W.ExitCodes['setup.exe'] = @('hang') }),
    @('F15', 'head', 'configure', 1, { $W.Break['Get-HpcClusterRegistry'] = 'HpcManagement does not answer' }),
    @('F16', 'head', 'configure', 1, { $W.Break['adapters'] = 'none' }),
    @('F17', 'head', 'configure', 1, { $W.Break['Set-HpcNetwork'] = 'the network cannot be configured' }),
    @('F20', 'head', 'configure', 1, { $W.Break['New-HpcNodeTemplate'] = 'the template cannot be made' }),
    @('F23', 'head', 'configure', 1, { $W.Break['Import-Module'] = 'The specified module Microsoft.Hpc was not loaded' }),
    @('F15', 'head', 'configure', 1, { $W.Break['Get-HpcNetworkTopology'] = 'HPC Cluster is not ready after 30 connection attempts' }),
    @('F22', 'head', 'online', 1, { $W.Break['Set-HpcNode'] = 'the node must be offline' }),
    @('-', 'head', 'online', 1, { $W.Break['Register-ScheduledTask'] = { param($given) if ($given.TaskName -eq 'hpcwiz-approve') { 'The user name or password is incorrect.' } } }),
    @('-', 'head', 'domain', 1, { $W.Break['Register-ScheduledTask'] = { param($given) if ($given.TaskName -eq 'hpcwiz-resume-account') { 'The user name or password is incorrect.' } } }),
    @('-', 'head', 'network', 1, { $W.Break['Get-NetIPAddress'] = 'no such address' }),
    @('F24', 'compute-std', 'domain', 1, { $W.Break['Resolve-DnsName'] = 'DNS server failure' }),
    @('F79', 'compute-std', 'domain', 1, { $W.Break['Get-SSMParameter'] = 'Signature expired: 20261122T200000Z is now earlier than 20261122T201000Z' }),
    @('F97', 'compute-std', 'domain', 1, { $W.Break['Add-Computer'] = 'the computer name has more than 15 characters' }),
    @('F64', 'sql', 'network', 1, { $W.Break['Get-NetIPAddress'] = 'the interface is not attached' }),
    @('F91', 'sql', 'volumes', 1, { $W.Break['Get-Disk'] = 'there is no such disk' }),
    @('-', 'sql', 'volumes', 1, { $W.Break['Initialize-Disk'] = 'a device error' }),
    @('-', 'sql', 'volumes', 1, { $W.Break['Format-Volume'] = 'a device error' }),
    @('F49', 'sql', 'logins', 1, { $W.Break['sql'] = 'CREATE LOGIN', 'The user is not associated with a trusted connection (15151)' }),
    @('F5', 'head', 'setup', 1, { $W.Break['Start-Process'] = { $W.Certificates = @(); 'the certificate does not exist under Cert:\LocalMachine\My' } }),
    @('F34', 'head', 'certificate', 1, { $W.Ssm[$W.Config.certificateKeptName] = 'cGZ4'; $W.Break['Import-PfxCertificate'] = 'The specified network password is not correct.' }),
    @('F35', 'head', 'share-certificate', 1, { $W.Break['Set-HpcInstallCertificate'] = 'the KeySpec value is AT_SIGNATURE' }),
    @('F37', 'compute-std', 'fetch-certificate', 1, { [Windows.CertificateStore]::Refuse = $true }),
    @('F27', 'head', 'setup', 1, { $W.Break['sql'] = '^media', 'User does not have permission to perform this action.' }),
    @('F77', 'head', 'setup', 1, { $W.Break['Read-S3Object'] = 'PermanentRedirect: use the endpoint of the bucket' }),
    @('F90', 'head', 'setup', 1, { $W.Registry['HKLM:\SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full'].Release = 394802 }),
    @('F94', 'compute-std', 'setup', 1603, { $W.ExitCodes['setup.exe'] = @(1603) * 5 }),
    @('F26', 'compute-std', 'fetch-certificate', 1, { [Windows.Disk]::Remove('\\riskgrid-HN.corp.example.internal\REMINST\Certificates\HpcCnCommunication.pfx') }),
    @('F18', 'compute-std', 'online', 1, { $W.Break['Get-HpcNode'] = 'Node not shown in the HPC cluster.' }),
    @('F23', 'compute-std', 'online', 1, { $W.Break['Import-Module'] = 'The Windows PowerShell snap-in Microsoft.HPC is not installed on this computer.' }),
    @('-', 'head', 'boot', 1, { Set-Config access ssh; $W.Break['Add-WindowsCapability'] = 'the source files could not be found' }),
    @('-', 'compute-std', 'boot', 1, { $W.Break['Invoke-RestMethod'] = 'Unable to connect to the remote server' }),
    @('F30', 'head', 'configure', 1, { $W.Break['Set-HpcJobCredential'] = 'the account is no cluster user' }),
    @('F36', 'head', 'share-certificate', 1, { $W.Break['Set-HpcInstallCertificate'] = 'access denied' }),
    @('F10', 'head', 'online', 1, { $W.Break['Set-HpcNodeState'] = 'the node is unreachable' }),
    @('F26', 'compute-std', 'wait-head', 1, { $W.Break['share'] = $true }),
    @('F34', 'compute-std', 'fetch-certificate', 1, { $W.Break['Import-PfxCertificate'] = 'The specified network password is not correct.' }),
    @('-', 'compute-std', 'setup', 1638, { $W.ExitCodes['setup.exe'] = @(1638) * 5 }),
    @('F1', 'compute-std', 'setup', 13818, { $W.ExitCodes['setup.exe'] = @(13818) }),
    @('F8', 'compute-std', 'configure', 1, { $W.Break['services'] = 'they do not start' }),
    @('F11', 'compute-std', 'online', 1, { $W.Break['Get-HpcNode'] = 'No connection could be made to the head node' }),
    @('F19', 'compute-std', 'online', 1, { $W.Break.Remove('Get-HpcNode') })
)
for ($i = 0; $i -lt $Failures.Count; $i++) {
    Add-Case "failure $i, $($Failures[$i][0..2] -join ' ')" $Failures[$i] {
        param($row)
        $mode, $role, $stage, $code, $break = $row
        New-Node basic $role
        if ($role -like 'compute*') { Add-Head; Enable-Approval }
        & $break
        Start-Node
        $last = @(Get-Stage)[-1]
        Expect ($last -eq "$stage failed $code") "the last stage line is '$last', not '$stage failed $code'"
        Expect ($W.Signals.Count -eq 1 -and $W.Signals[0].Code -eq 1) "signalled $($W.Signals.Count) times"
        $reason = @($W.Signals)[0].Reason
        Expect ($reason -match "^stage $stage failed with exit code ${code}: \S") "the reason is '$reason'"
        Expect ($reason -notmatch "property '|null-valued|not recognized as a name") "the reason is one of the script: '$reason'"
        Expect-NoSecret
    }
}

Add-Case 'a disk that is offline, read-only and without a letter keeps its data' $null {
    New-Node basic sql
    Start-Node
    Switch-Instance 'i-0fff1234def567890'
    $W.Disks[0].IsOffline = $W.Disks[0].IsReadOnly = $true
    $W.Disks[0].Letter = [char]0
    Start-Node
    Expect-Stages $SqlStages
    Expect ($W.Disks[0].Formats -eq 1 -and -not $W.Disks[0].IsOffline -and -not $W.Disks[0].IsReadOnly) 'the disk is not as it should be'
    Expect ($W.Disks[0].Letter -eq 'S') "its letter is $($W.Disks[0].Letter)"
}

Add-Case 'a node that its group replaced has no stack operation to signal' $null {
    New-Node basic sql
    $W.SignalCode = 1
    Start-Node
    Expect-Stages $SqlStages
    Expect ((Get-InstallLog) -match 'cfn-signal ended with code 1') 'the log does not tell of the signal'
}

# HPCWIZ_CASE: only those whose names match.
foreach ($name in @($Cases.Keys | Where-Object { $_ -match "$env:HPCWIZ_CASE" })) {
    $script:Case = $name
    try {
        & $Cases[$name].Do $Cases[$name].With
    } catch {
        "${name}: $($_.Exception.Message) $($_.ScriptStackTrace)"
    }
}
[Console]::Error.WriteLine("$($Cases.Count) cases played")
