# SPDX-License-Identifier: Apache-2.0
# Stand-ins for the cmdlets and programs that only Windows, AWS Tools and HPC Pack have, over one
# state, $W, that outlives restarts. They keep the real parameter names and refuse what the real
# ones refuse (Microsoft Learn for Windows and HPC Pack, AWS Tools for PowerShell reference).

# --- The world ---
function New-World([string] $Role, [string] $Folder, [hashtable] $Config = @{}) {
    [Windows.Disk]::Clear()
    [Windows.Clock]::Reset()
    [Windows.Environment]::Machine.Clear()
    [Windows.CertificateStore]::Roots.Clear()
    [Windows.CertificateStore]::Refuse = $false
    [Windows.SqlServer]::Statements.Clear()
    [Windows.SqlServer]::Refuse = { param($text) $null }
    [Windows.SqlServer]::Answer = { param($text, $sql, $session) Get-SqlAnswer $text $sql $session }
    $global:W = @{
        Role = $Role; Instance = 'i-0abc1234def567890'; Name = 'EC2AMAZ-1234567'; Domain = $null; NextName = $null; NextDomain = $null
        Boot = [Windows.Clock]::Now; User = 'NT AUTHORITY\SYSTEM'; Running = $null; Next = $null; Restart = $false; Boots = 0; Steps = 0; CutAt = 0; Cuts = 0
        Signals = @(); Tags = @{}; Lines = @(); Started = @(); ExitCodes = @{}; Certificates = @(); Rules = @(); Tasks = @{}
        Disks = @(); Volume = $null; Attached = $null; Admins = @(); Nodes = @(); Members = @(); Properties = @{}; Templates = @()
        Topology = $null; InstallCertificate = $null; Ssm = @{}; Sql = @{Databases = @(); Mixed = $false; Sysadmin = 1; Logins = @(); NextMixed = $false; Tcp = 1; NextTcp = $null}
        Services = @{wuauserv = 'Running'; WinRM = 'Stopped'; MSSQLSERVER = 'Running'; SQLSERVERAGENT = 'Stopped'}; Listener = $null; Break = @{}; Tokens = 0; StartTypes = @{}; Acls = @(); Accounts = @(); Labels = @{}
        Registry = @{'HKLM:\SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full' = @{Release = 528040}}; TaskResult = 0
        Media = @(); Sums = $null; Instances = @(); Left = @(); Groups = @{}; Restarted = @(); Signature = 'Valid'; Agent = @(); SignalCode = 0; JobTemplates = @{}
    }
    [Windows.DirectorySearcher]::Has = { param($name) $W.Accounts -contains $name }
    [Windows.DirectorySearcher]::Delete = { param($name) $W.Accounts = @($W.Accounts | Where-Object { $_ -ne $name }) }
    $W.Source = $Folder
    $W.Cluster = ($Folder -split '/')[-2]
    $W.Folder = Copy-Script $Folder
    $values = @{}
    (ConvertFrom-Json ([System.IO.File]::ReadAllText("$Folder/config.json"))).PSObject.Properties | ForEach-Object { $values[$_.Name] = $_.Value }
    foreach ($name in $Config.Keys) {
        $values[$name] = $Config[$name]
    }
    $W.Config = $values
    $W.VolumeTags = @{DriveLetter = 'S'; SystemLabel = 'hpcwiz-sql'}
    $W.Fetched = $null
    $W.Launched = $null
    [Windows.Disk]::Write('C:\hpcwiz\config.json', [Text.Encoding]::UTF8.GetBytes(($values | ConvertTo-Json)))
}

function Set-Config([string] $Name, $Value) {
    $W.Config[$Name] = $Value
    [Windows.Disk]::Write('C:\hpcwiz\config.json', [Text.Encoding]::UTF8.GetBytes(($W.Config | ConvertTo-Json)))
}

# A new instance in the place of the one before: what was on the node is gone, what AWS and the
# volumes keep stays.
function Switch-Instance([string] $Id) {
    $kept = $W
    New-World $kept.Role $kept.Source $kept.Config
    foreach ($name in 'Volume', 'Sql', 'Nodes', 'Ssm', 'Media', 'Labels', 'Accounts') {
        $W[$name] = $kept[$name]
    }
    $W.Disks = @($kept.Disks | Where-Object { $_.Volume })
    $W.Attached = $kept.Attached
    $W.Instance = $Id
}

# The scripts with the names of types that exist here, in a folder of their own.
function Copy-Script([string] $Folder) {
    $here = "$Folder.adapted"
    [void][System.IO.Directory]::CreateDirectory($here)
    foreach ($file in [System.IO.Directory]::GetFiles($Folder, '*', 'AllDirectories')) {
        $place = $here + $file.Substring($Folder.Length)
        $text = [System.IO.File]::ReadAllText($file)
        [Windows.Disk]::Write($place, [Text.Encoding]::UTF8.GetBytes($text))
        if ($file.EndsWith('.ps1') -and -not [System.IO.File]::Exists($place)) { [System.IO.File]::WriteAllText($place, [Windows.Scripts]::Adapt($text)) }
    }
    return $here
}

# Runs the role's script as Windows would: by EC2Launch, again after each restart, as the task's
# account. A power cut (the step $W.CutAt) ends it where it stands, without a word.
function Start-Node([int] $MostRuns = 12) {
    $W.Running = $null
    for ($n = 0; $n -lt $MostRuns; $n++) {
        $W.Restart = $false
        $W.Next = $null
        [Windows.File]::Held = $W.Break['lock']
        $env:COMPUTERNAME = $W.Name
        $env:ProgramFiles = 'C:\Program Files'
        $env:ProgramData = 'C:\ProgramData'
        $env:CCP_HOME = $null
        [Windows.Identity]::Current = $W.User
        $global:LASTEXITCODE = 0
        $cut = $true
        :PowerCut foreach ($once in 1) {
            $W.Lines += @(& "$($W.Folder)/install.ps1" *>&1 | ForEach-Object { "$_" })
            $cut = $false
        }
        if ($W.Restart -or $cut) {
            Restart-World
            # What Windows starts; where no task is yet, EC2Launch begins the user data again.
            $W.Running = @('hpcwiz-resume', 'hpcwiz-resume-account' | Where-Object { $W.Tasks[$_] })[0]
        } elseif ($W.Next) {
            $W.Running = $W.Next
        } else {
            return
        }
        $W.User = $(if ($W.Running) { $W.Tasks[$W.Running].User } else { 'NT AUTHORITY\SYSTEM' })
    }
    throw "the node ran $MostRuns times"
}

# Each stand-in's call is one step.
function Step {
    $W.Steps++
    if ($W.Steps -eq $W.CutAt) {
        $W.Cuts++
        break PowerCut
    }
}

function Restart-World {
    $W.Boots++
    [Windows.Clock]::Pass(60)
    $W.Boot = [Windows.Clock]::Now
    if ($W.NextName) { $W.Name = $W.NextName; $W.NextName = $null }
    if ($W.NextDomain) { $W.Domain = $W.NextDomain; $W.NextDomain = $null }
    foreach ($name in @($W.Services.Keys)) {
        if ($name -like 'Hpc*' -or $name -in 'msmpi', 'MSSQLSERVER') { $W.Services[$name] = 'Running' }
    }
}

function Get-InstallLog { [Windows.File]::ReadAllText('C:\ProgramData\hpcwiz\install.log') }

# "boot done 0", one for each stage line.
function Get-Stage {
    foreach ($line in (Get-InstallLog) -split "`n") {
        if ($line -match '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z HPCWIZ stage=([a-z0-9-]+) status=(started|done|failed|skipped) code=(-?\d+) msg="([^"]*)"$') {
            "$($Matches[1]) $($Matches[2]) $($Matches[3])"
        } elseif ($line -cmatch 'HPCWIZ ') {
            "malformed: $line"
        }
    }
}

# A stand-in's refusal, as a real cmdlet's: ended or not by the caller's preference.
function Deny($Cmdlet, [string] $Message, [string] $Id = 'Refused') {
    $record = [System.Management.Automation.ErrorRecord]::new([System.InvalidOperationException]::new($Message), $Id, 'InvalidOperation', $null)
    $preference = $Cmdlet.MyInvocation.BoundParameters['ErrorAction']
    if ($null -eq $preference) { $preference = $Cmdlet.GetVariableValue('ErrorActionPreference') }
    if ("$preference" -eq 'Stop') { $Cmdlet.ThrowTerminatingError($record) }
    if ("$preference" -notin 'SilentlyContinue', 'Ignore') { $Cmdlet.WriteError($record) }
}

# A case breaks a stand-in: $W.Break['Name'] = message, or a script block that may say one.
function Test-Break($Cmdlet) {
    Step
    $what = $W.Break[$Cmdlet.MyInvocation.MyCommand.Name]
    if ($what -is [scriptblock]) { $what = & $what $Cmdlet.MyInvocation.BoundParameters }
    if ($what) { Deny $Cmdlet $what }
    return [bool]$what
}

# --- Files ---
function Join-Path([string] $Path, [string] $ChildPath) {
    if ($Path.StartsWith('/')) { return "$Path/$($ChildPath.Replace('\', '/'))" }
    return "$($Path.TrimEnd('\'))\$($ChildPath.TrimStart('\'))"
}

function Test-Path { [CmdletBinding()] param([Parameter(Position = 0)] [string] $Path)
    if (Test-Break $PSCmdlet) { return $false }
    if ($Path -like 'HKLM:*') { return $W.Registry.ContainsKey($Path) }
    if ($Path -match '^\\\\([^\\]+)\\' -and $W.Break['share']) { return $false }
    return [Windows.Disk]::Has($Path)
}

function Remove-Item { [CmdletBinding()] param([Parameter(Position = 0)] [string] $Path, [Parameter(ValueFromPipeline)] $InputObject, [switch] $Force, [switch] $Recurse, [switch] $DeleteKey)
    process {
        Step
        if ($InputObject -is [Windows.Certificate]) {
            if (-not $DeleteKey) { return Deny $PSCmdlet 'the private key stays on the disk' }
            $W.Certificates = @($W.Certificates | Where-Object { $_ -ne $InputObject })
            return
        }
        if ($InputObject -and $InputObject.PSObject.Properties['Keys']) { $W.Listener = $null; return }
        $name = $(if ($InputObject) { $InputObject.FullName } else { $Path })
        if (-not [Windows.Disk]::Has($name)) { return Deny $PSCmdlet "Cannot find path '$name'" }
        [Windows.Disk]::Remove($name)
    }
}

function Get-Item { [CmdletBinding()] param([Parameter(Position = 0)] [string] $Path) Step
    if ($Path -like 'HKLM:*') {
        $key = $W.Registry[$Path]
        if (-not $key) { return Deny $PSCmdlet "Cannot find path '$Path'" }
        return [Windows.RegistryKey]::new($key)
    }
    if (-not [Windows.Disk]::Has($Path)) { return Deny $PSCmdlet "Cannot find path '$Path'" }
    [pscustomobject]@{FullName = $Path; LastWriteTimeUtc = [Windows.Disk]::Written($Path)}
}

function Get-ChildItem { [CmdletBinding()] param([Parameter(Position = 0)] [string] $Path, [string] $Filter = '*', [switch] $Recurse, [int] $Depth) Step
    if ($Path -like 'Cert:\LocalMachine\My*') { return $W.Certificates }
    if ($Path -like 'WSMan:*') { return @($W.Listener | Where-Object { $_ }) }
    if ($Path -match '\*') {
        $pattern = $Path
        return @([Windows.Disk]::Below(($Path -replace '\\[^\\]*\*.*$', '')) | Where-Object { $_ -like $pattern } | ForEach-Object { [pscustomobject]@{FullName = $_; Name = ($_ -split '\\')[-1]} })
    }
    if (-not [Windows.Disk]::IsFolder($Path)) { return Deny $PSCmdlet "Cannot find path '$Path'" }
    [Windows.Disk]::Below($Path) | Where-Object { ($_ -split '\\')[-1] -like $Filter } | ForEach-Object {
        [pscustomobject]@{FullName = $_; Name = ($_ -split '\\')[-1]; DirectoryName = ($_ -replace '\\[^\\]*$', '')}
    }
}

function Expand-Archive { [CmdletBinding()] param([string] $Path, [string] $DestinationPath, [switch] $Force) Step
    [Windows.File]::WriteAllText("$DestinationPath\HPCPack\setup.exe", 'set-up')
}

function Get-FileHash { [CmdletBinding()] param([Parameter(Position = 0)] [string] $Path, [string] $Algorithm = 'SHA256') Step
    $sha = [System.Security.Cryptography.SHA256]::Create()
    [pscustomobject]@{Hash = [System.Convert]::ToHexString($sha.ComputeHash([Windows.Disk]::Read($Path)))}
}

function Get-Acl { [CmdletBinding()] param([Parameter(Position = 0)] [string] $Path) Step
    [Windows.Acl]::new()
}
function Set-Acl { [CmdletBinding()] param([string] $Path, $AclObject) Step; $W.Rules += @($AclObject.Rules | ForEach-Object { "$Path $_" }) }
function icacls.exe { Step; $W.Acls += "$args"; $global:LASTEXITCODE = 0 }
function Split-Path([string] $Path, [switch] $Leaf) { ($Path -split '[\\/]')[-1] }
function Copy-Item { [CmdletBinding()] param([string] $Path, [string] $Destination) Step; [Windows.File]::WriteAllText($Destination, [System.IO.File]::ReadAllText($Path)) }
function Set-ItemProperty { [CmdletBinding()] param([Parameter(Position = 0)] [string] $Path, [Parameter(Position = 1)] [string] $Name, [Parameter(Position = 2)] $Value) Step
    if (-not $W.Registry[$Path]) { return Deny $PSCmdlet "Cannot find path '$Path'" }
    $W.Registry[$Path][$Name] = $Value
}

# --- Objects and processes ---
function Start-Sleep { [CmdletBinding()] param([Parameter(Position = 0)] [int] $Seconds, [int] $Milliseconds) Step; [Windows.Clock]::Pass($Seconds + $Milliseconds / 1000) }

function shutdown.exe { Step; $W.Restart = $true; $global:LASTEXITCODE = 0 }

function cfn-signal.exe {
    Step
    $given = @{}
    for ($i = 0; $i + 1 -lt $args.Count; $i += 2) { $given[[string]$args[$i]] = [string]$args[$i + 1] }
    $unknown = @($given.Keys | Where-Object { $_ -notin '--exit-code', '--reason', '--stack', '--resource', '--region' })
    if ($unknown) { throw "cfn-signal: no such option: $unknown" }
    $W.Signals += [pscustomobject]@{Code = [int]$given['--exit-code']; Reason = $given['--reason']; Resource = $given['--resource']}
    $global:LASTEXITCODE = $W.SignalCode
}

function Invoke-WebRequest { [CmdletBinding()] param([string] $Uri, [string] $OutFile, [switch] $UseBasicParsing)
    if (Test-Break $PSCmdlet) { return }
    [Windows.File]::WriteAllText($OutFile, $Uri)
}
function Get-AuthenticodeSignature { [CmdletBinding()] param([string] $FilePath) Step
    [pscustomobject]@{Status = $W.Signature; SignerCertificate = [pscustomobject]@{Subject = 'CN=Amazon Web Services, Inc.'}}
}
# EC2Launch's command line ("EC2Launch v2 command line options" of the EC2 user guide).
function EC2Launch { $W.Launched = (@($W.Launched) + "$args" | Where-Object { $_ }) -join ', ' }
# amazon-cloudwatch-agent-ctl.ps1 of the agent (CloudWatch user guide, "Start the CloudWatch agent").
function amazon-cloudwatch-agent-ctl { param([string] $a, [string] $m, [switch] $s, [string] $c) $W.Agent += "$a $m $s $c"; $global:LASTEXITCODE = 0 }

# Exit codes come from $W.ExitCodes[program], one a start, then 0.
function Start-Process { [CmdletBinding()] param([string] $FilePath, [string[]] $ArgumentList, [switch] $PassThru, [switch] $Wait, [string] $WindowStyle)
    if (Test-Break $PSCmdlet) { return }
    $program = ($FilePath -split '\\')[-1].ToLowerInvariant()
    $W.Started += "$FilePath $ArgumentList"
    $codes = @($W.ExitCodes[$program])
    $code = 0
    if ($codes.Count -and $null -ne $codes[0]) {
        $code = $codes[0]
        $W.ExitCodes[$program] = @($codes | Select-Object -Skip 1)
    }
    if ($program -like 'ndp*.exe') { $W.Registry['HKLM:\SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full'].Release = 528040 }
    if ($program -eq 'setup.exe' -and $code -in 0, 3010, 1641) { Install-Pack "$ArgumentList" }
    if ($PassThru) { [Windows.Process]::new($(if ($code -eq 'hang') { -1 } else { $code }), $code -eq 'hang') }
}

function Install-Pack([string] $Arguments) {
    $state = $(if ($W.Break['services']) { 'StartPending' } else { 'Running' })
    $W.Nodes = @($W.Nodes | Where-Object { $_.Name -ne $W.Name })
    if ($Arguments -match '-HeadNode') {
        foreach ($name in 'HpcManagement', 'HpcScheduler', 'HpcReporting') { $W.Services[$name] = $state }
        foreach ($file in 'Setup.exe', 'Certificates\HpcHnPublicCert.cer') { [Windows.File]::WriteAllText("\\$($W.Name)\REMINST\$file", 'share') }
        $W.Nodes += [pscustomobject]@{NetBiosName = $W.Name; Name = $W.Name; NodeState = 'Offline'; HealthState = 'OK'; Role = 'Head'; Template = 'HeadNode Template'}
        $W.Topology = 'None'
    } else {
        foreach ($name in 'HpcManagement', 'HpcNodeManager', 'msmpi') { $W.Services[$name] = $state }
        $W.Nodes += [pscustomobject]@{NetBiosName = $W.Name; Name = $W.Name; NodeState = 'Unknown'; HealthState = 'Unapproved'; Role = 'Compute'; Template = $null}
    }
    $W.Registry['HKLM:\SOFTWARE\Microsoft\HPC'] = @{ClusterConnectionString = [regex]::Match($Arguments, '-ComputeNode:"([^"]+)"').Groups[1].Value; SSLThumbprint = [regex]::Match($Arguments, '-SSLThumbprint:(\w+)').Groups[1].Value}
    [Windows.Environment]::Machine['CCP_HOME'] = 'C:\Program Files\Microsoft HPC Pack 2019\'
}

# --- Machine, domain, tasks ---
function Get-CimInstance { [CmdletBinding()] param([Parameter(Position = 0)] [string] $ClassName) Step
    switch ($ClassName) {
        Win32_ComputerSystem { [pscustomobject]@{Name = $W.Name; PartOfDomain = [bool]$W.Domain; Domain = $(if ($W.Domain) { $W.Domain } else { 'WORKGROUP' })} }
        Win32_OperatingSystem { [pscustomobject]@{LastBootUpTime = $W.Boot} }
        default { Deny $PSCmdlet "Invalid class $ClassName" }
    }
}

function Add-Computer { [CmdletBinding()] param([string] $DomainName, [pscredential] $Credential, [string] $OUPath, [string] $NewName, [switch] $Force)
    if (Test-Break $PSCmdlet) { return }
    if ($NewName.Length -gt 15) { return Deny $PSCmdlet "the new name '$NewName' has more than 15 characters" }
    $W.NextDomain = $DomainName
    $W.Ou = $OUPath
    if ($NewName) { $W.NextName = $NewName }
}

function Rename-Computer { [CmdletBinding()] param([string] $NewName, [pscredential] $DomainCredential, [switch] $Force) Step; $W.NextName = $NewName }
function Clear-DnsClientCache { }
function Resolve-DnsName { [CmdletBinding()] param([Parameter(Position = 0)] [string] $Name, [string] $Type)
    if (Test-Break $PSCmdlet) { return }
    [pscustomobject]@{Name = $Name}
}

function Add-LocalGroupMember { [CmdletBinding()] param([string] $SID, [string] $Member) Step
    if ($W.Admins -contains $Member) { return Deny $PSCmdlet "$Member is already a member" 'MemberExists,Microsoft.PowerShell.Commands.AddLocalGroupMemberCommand' }
    $W.Admins += $Member
}

function New-ScheduledTaskAction { [CmdletBinding()] param([string] $Execute, [string] $Argument) Step; "$Execute $Argument" }
function New-ScheduledTaskTrigger { [CmdletBinding()] param([switch] $AtStartup, [switch] $Once, [datetime] $At, [timespan] $RepetitionInterval) Step; [pscustomobject]@{Delay = $null} }
function New-ScheduledTaskSettingsSet { [CmdletBinding()] param([switch] $StartWhenAvailable, [timespan] $ExecutionTimeLimit, [string] $MultipleInstances) Step; 'settings' }
function Register-ScheduledTask { [CmdletBinding()] param([string] $TaskName, $Action, $Trigger, $Settings, [string] $User, [string] $Password, [string] $RunLevel, [switch] $Force)
    if (Test-Break $PSCmdlet) { return }
    if ($W.Tasks[$TaskName] -and -not $Force) { return Deny $PSCmdlet "the task $TaskName exists" }
    if ($User -ne 'SYSTEM' -and -not $W.Domain) { return Deny $PSCmdlet "No mapping between account names and security IDs was done: $User" }
    $W.Tasks[$TaskName] = [pscustomobject]@{TaskName = $TaskName; State = 'Ready'; Action = $Action; User = $(if ($User -eq 'SYSTEM') { 'NT AUTHORITY\SYSTEM' } else { $User }); Principal = [pscustomobject]@{UserId = $User}}
    $W.Tasks[$TaskName]
}
function Get-ScheduledTask { [CmdletBinding()] param([string] $TaskName) Step
    if (-not $W.Tasks[$TaskName]) { return Deny $PSCmdlet "no task $TaskName" }
    $W.Tasks[$TaskName].State = $(if ($TaskName -in $W.Running, $W.Next) { 'Running' } else { 'Ready' })
    $W.Tasks[$TaskName]
}
function Get-ScheduledTaskInfo { [CmdletBinding()] param([string] $TaskName) Step; [pscustomobject]@{LastTaskResult = $W.TaskResult} }
function Unregister-ScheduledTask { [CmdletBinding()] param([string] $TaskName, [bool] $Confirm) Step
    if (-not $W.Tasks[$TaskName]) { return Deny $PSCmdlet "no task $TaskName" }
    $W.Tasks.Remove($TaskName)
}
# The default policy for a task that runs already is IgnoreNew.
function Start-ScheduledTask { [CmdletBinding()] param([string] $TaskName) Step
    if (-not $W.Tasks[$TaskName]) { return Deny $PSCmdlet "no task $TaskName" }
    if ($W.Running -ne $TaskName -and -not $W.Break['task']) { $W.Next = $TaskName }
}

# --- Services, network, access ---
function Get-Service { [CmdletBinding()] param([Parameter(Position = 0)] [string] $Name) Step
    if (-not $W.Services.ContainsKey($Name)) { return Deny $PSCmdlet "Cannot find any service with service name '$Name'." }
    [pscustomobject]@{Name = $Name; Status = $W.Services[$Name]}
}
function Set-Service { [CmdletBinding()] param([Parameter(Position = 0)] [string] $Name, [string] $StartupType) Step; $W.StartTypes[$Name] = $StartupType; if (-not $W.Services.ContainsKey($Name)) { Deny $PSCmdlet "no service $Name" } }
function Start-Service { [CmdletBinding()] param([Parameter(Position = 0)] [string] $Name)
    if (Test-Break $PSCmdlet) { return }
    if (-not $W.Services.ContainsKey($Name)) { return Deny $PSCmdlet "no service $Name" }
    $W.Services[$Name] = 'Running'
}
function Stop-Service { [CmdletBinding()] param([Parameter(Position = 0)] [string] $Name, [switch] $Force) Step; $W.Services[$Name] = 'Stopped' }
function Restart-Service { [CmdletBinding()] param([Parameter(Position = 0)] [string[]] $Name, [switch] $Force) Step
    $W.Restarted += $Name
    $W.Sql.Mixed = [bool]$W.Sql.NextMixed
    if ($W.Sql.NextTcp) { $W.Sql.Tcp = 1 }
}
function Enable-PSRemoting { [CmdletBinding()] param([switch] $Force, [switch] $SkipNetworkProfileCheck) Step; $W.Services.WinRM = 'Running' }
function New-Item { [CmdletBinding()] param([Parameter(Position = 0)] [string] $Path, [string] $Transport, [string] $Address, [string] $CertificateThumbPrint, [switch] $Force) Step
    $W.Listener = [pscustomobject]@{Keys = @("Transport=$Transport"); Thumbprint = $CertificateThumbPrint}
    $W.Listener
}
function Set-Item { [CmdletBinding()] param([Parameter(Position = 0)] [string] $Path, [Parameter(Position = 1)] $Value, [switch] $Force) Step; $W.Properties[$Path] = $Value }
function Get-NetFirewallRule { [CmdletBinding()] param([string] $Name) Step
    if ($W.Rules -notcontains $Name) { return Deny $PSCmdlet "no rule $Name" }
    $Name
}
function Remove-NetFirewallRule { [CmdletBinding()] param([string] $Name) Step; $W.Rules = @($W.Rules | Where-Object { $_ -ne $Name }) }
function New-NetFirewallRule { [CmdletBinding()] param([string] $Name, [string] $DisplayName, [string] $Protocol, [int] $LocalPort, [string] $Direction, [string] $Action) Step; $W.Rules += $Name; $Name }
# With a Lambda manager the kept address is that of a second adapter.
function Get-NetIPAddress { [CmdletBinding()] param([string] $IPAddress)
    if (Test-Break $PSCmdlet) { return }
    if ($IPAddress -ne '10.20.1.20') { return Deny $PSCmdlet "no address $IPAddress" }
    [pscustomobject]@{IPAddress = $IPAddress; InterfaceAlias = $(if ($W.Break['second adapter']) { 'Ethernet 2' } else { 'Ethernet 1' })}
}
function Add-WindowsCapability { [CmdletBinding()] param([switch] $Online, [string] $Name)
    if (Test-Break $PSCmdlet) { return }
    if ($W.StartTypes['wuauserv'] -eq 'Disabled') { return Deny $PSCmdlet 'Add-WindowsCapability failed. Error code = 0x80070422' }
    $W.Services.sshd = 'Stopped'
    foreach ($kind in 'rsa', 'ed25519') { [Windows.File]::WriteAllText("C:\ProgramData\ssh\ssh_host_${kind}_key.pub", "ssh-$kind AAAA host") }
}

# --- AWS ---
function Invoke-RestMethod { [CmdletBinding()] param([string] $Method = 'Get', [string] $Uri, [hashtable] $Headers, [int] $TimeoutSec)
    if (Test-Break $PSCmdlet) { return }
    if ($Method -eq 'Put') { $W.Tokens++; return 'token' }
    if ($Headers['X-aws-ec2-metadata-token'] -ne 'token') { return Deny $PSCmdlet '401 - Unauthorized' }
    switch -Wildcard ($Uri) {
        '*/instance-id' { $W.Instance }
        '*/public-keys/0/openssh-key' { "ssh-rsa AAAA hpc-admin`n" }
        default { Deny $PSCmdlet "404: $Uri" }
    }
}
# Each call as the role's policy sees it. There is no Region but the one that is given.
function Test-Aws($Cmdlet, [hashtable] $Calls) {
    if (-not $Cmdlet.MyInvocation.BoundParameters['Region']) { Deny $Cmdlet 'No region specified or obtained from persisted/shell defaults.'; return $false }
    foreach ($action in $Calls.Keys) {
        foreach ($resource in $Calls[$action]) { [Windows.Aws]::Called($W.Cluster, $W.Role, $action, $resource) }
    }
    return -not (Test-Break $Cmdlet)
}
function Get-Arn([string] $Service, [string] $Resource) { "arn:aws:${Service}:eu-central-1:123456789012:$Resource" }
$AnyKey = Get-Arn kms key/1234abcd-12ab-34cd-56ef-1234567890ab
function Get-SSMParameter { [CmdletBinding()] param([string] $Name, [bool] $WithDecryption, [string] $Region) Step
    if (-not (Test-Aws $PSCmdlet @{'ssm:GetParameter' = Get-Arn ssm "parameter$Name"; 'kms:Decrypt' = $AnyKey})) { return }
    if (-not $W.Ssm.ContainsKey($Name)) { return Deny $PSCmdlet "ParameterNotFound: $Name" }
    [pscustomobject]@{Value = $W.Ssm[$Name]}
}
function Get-SSMParameterValue { [CmdletBinding()] param([string[]] $Name, [bool] $WithDecryption, [string] $Region) Step
    if (-not (Test-Aws $PSCmdlet @{'ssm:GetParameters' = Get-Arn ssm "parameter$Name"; 'kms:Decrypt' = $AnyKey})) { return }
    [pscustomobject]@{Parameters = @($Name | Where-Object { $W.Ssm.ContainsKey($_) } | ForEach-Object { [pscustomobject]@{Name = $_; Value = $W.Ssm[$_]} })}
}
# A standard parameter is encrypted directly, an advanced one with a data key (Systems Manager user
# guide, "AWS KMS encryption for Parameter Store SecureString parameters").
function Write-SSMParameter { [CmdletBinding()] param([string] $Name, [string] $Type, [string] $Value, [string] $Tier, [bool] $Overwrite, [string] $Region) Step
    if (-not (Test-Aws $PSCmdlet @{'ssm:PutParameter' = Get-Arn ssm "parameter$Name"; 'kms:Encrypt' = $AnyKey; 'kms:GenerateDataKey' = $AnyKey})) { return }
    if ($Type -ne 'SecureString') { return Deny $PSCmdlet "the parameter $Name would be readable" }
    $W.Ssm[$Name] = $Value
}
function Get-EC2Instance { [CmdletBinding()] param([object[]] $Filter, [string] $Region) Step
    if (-not (Test-Aws $PSCmdlet @{'ec2:DescribeInstances' = '*'})) { return }
    [pscustomobject]@{Instances = @($W.Instances)}
}
function Get-ASAutoScalingInstance { [CmdletBinding()] param([string] $Region) Step
    if (-not (Test-Aws $PSCmdlet @{'autoscaling:DescribeAutoScalingInstances' = '*'})) { return }
    $W.Instances | ForEach-Object { [pscustomobject]@{InstanceId = $_.InstanceId; AutoScalingGroupName = 'group'; LifecycleState = $_.LifecycleState} }
}
function Complete-ASLifecycleAction { [CmdletBinding()] param([string] $LifecycleHookName, [string] $AutoScalingGroupName, [string] $InstanceId, [string] $LifecycleActionResult, [string] $Region) Step
    if (Test-Aws $PSCmdlet @{'autoscaling:CompleteLifecycleAction' = Get-Arn autoscaling "autoScalingGroup:1234abcd:autoScalingGroupName/$AutoScalingGroupName"}) { $W.Left += $InstanceId }
}
function New-EC2Tag { [CmdletBinding()] param([string] $Resource, [hashtable] $Tag, [string] $Region, [switch] $Force) Step
    if (Test-Aws $PSCmdlet @{'ec2:CreateTags' = Get-Arn ec2 "instance/$Resource"}) { $W.Tags[$Tag.Key] = $Tag.Value }
}
function Get-EC2Volume { [CmdletBinding()] param([string] $VolumeId, [string] $Region) Step
    if (-not (Test-Aws $PSCmdlet @{'ec2:DescribeVolumes' = '*'})) { return }
    $at = @($W.Attached | Where-Object { $_ } | ForEach-Object { [pscustomobject]@{InstanceId = $_} })
    $tags = @($W.VolumeTags.Keys | ForEach-Object { [pscustomobject]@{Key = $_; Value = $W.VolumeTags[$_]} })
    [pscustomobject]@{Attachments = $at; Tags = $tags; State = [pscustomobject]@{Value = $(if ($at.Count) { 'in-use' } else { 'available' })}}
}
function Dismount-EC2Volume { [CmdletBinding()] param([string] $VolumeId, [string] $InstanceId, [string] $Region) Step
    if (Test-Aws $PSCmdlet @{'ec2:DetachVolume' = @((Get-Arn ec2 "volume/$VolumeId"), (Get-Arn ec2 "instance/$InstanceId"))}) { $W.Attached = $null }
}
function Add-EC2Volume { [CmdletBinding()] param([string] $VolumeId, [string] $InstanceId, [string] $Device, [string] $Region) Step
    if (-not (Test-Aws $PSCmdlet @{'ec2:AttachVolume' = @((Get-Arn ec2 "volume/$VolumeId"), (Get-Arn ec2 "instance/$InstanceId"))})) { return }
    if ($W.Attached) { return Deny $PSCmdlet "VolumeInUse: $VolumeId" }
    Set-Attachment $VolumeId $InstanceId
}
function Set-Attachment([string] $VolumeId, [string] $InstanceId) {
    $W.Attached = $InstanceId
    if (-not @($W.Disks | Where-Object { $_.Volume -eq $VolumeId }).Count) {
        $W.Disks += [pscustomobject]@{Volume = $VolumeId; Number = 1; SerialNumber = "$($VolumeId.Replace('-', ''))_00000001."; IsOffline = $true; IsReadOnly = $false; PartitionStyle = 'RAW'; Partition = $false; Letter = [char]0; Formats = 0}
    }
}
function Read-S3Object { [CmdletBinding()] param([string] $BucketName, [Parameter(Mandatory)] [string] $KeyPrefix, [string] $Folder, [string] $Region) Step
    $prefix = $(if ($KeyPrefix -eq '/') { '' } else { "$KeyPrefix/" })
    if (-not (Test-Aws $PSCmdlet @{'s3:ListBucket' = "arn:aws:s3:::$BucketName"; 's3:GetObject' = "arn:aws:s3:::$BucketName/${prefix}setup.exe"})) { return }
    $W.Fetched = "$BucketName $KeyPrefix"
    if ($W.Sums) { [Windows.File]::WriteAllText("$Folder\SHA256SUMS", $W.Sums) }
    foreach ($name in $W.Media) { [Windows.File]::WriteAllText("$Folder\$name", 'media') }
}

# --- Disks ---
function Get-Disk { [CmdletBinding()] param() if (Test-Break $PSCmdlet) { return } $W.Disks | Where-Object { $W.Attached -eq $W.Instance } }
function Set-Disk { [CmdletBinding()] param([int] $Number, [bool] $IsOffline, [bool] $IsReadOnly) Step
    $disk = $W.Disks | Where-Object { $_.Number -eq $Number }
    if ($PSBoundParameters.ContainsKey('IsOffline')) { $disk.IsOffline = $IsOffline }
    if ($PSBoundParameters.ContainsKey('IsReadOnly')) { $disk.IsReadOnly = $IsReadOnly }
}
function Initialize-Disk { [CmdletBinding()] param([int] $Number, [string] $PartitionStyle)
    if (Test-Break $PSCmdlet) { return }
    $disk = $W.Disks | Where-Object { $_.Number -eq $Number }
    if ($disk.PartitionStyle -ne 'RAW') { return Deny $PSCmdlet 'The disk has already been initialized.' }
    $disk.PartitionStyle = $PartitionStyle
}
function New-Partition { [CmdletBinding()] param([int] $DiskNumber, [switch] $UseMaximumSize)
    if (Test-Break $PSCmdlet) { return }
    $disk = $W.Disks | Where-Object { $_.Number -eq $DiskNumber }
    if ($disk.Partition) { return Deny $PSCmdlet 'Not enough available capacity' }
    $disk.Partition = $true
    Get-Partition -DiskNumber $DiskNumber | Where-Object { $_.Type -eq 'Basic' }
}
function Get-Partition { [CmdletBinding()] param([int] $DiskNumber) Step
    $disk = $W.Disks | Where-Object { $_.Number -eq $DiskNumber }
    if ($disk.PartitionStyle -eq 'RAW') { return Deny $PSCmdlet 'No MSFT_Partition objects found' }
    [pscustomobject]@{DiskNumber = $DiskNumber; Type = 'Reserved'; DriveLetter = [char]0}
    if ($disk.Partition) { [pscustomobject]@{DiskNumber = $DiskNumber; Type = 'Basic'; DriveLetter = $disk.Letter} }
}
function Set-Partition { [CmdletBinding()] param([Parameter(ValueFromPipeline)] $InputObject, [char] $NewDriveLetter)
    process { Step; ($W.Disks | Where-Object { $_.Number -eq $InputObject.DiskNumber }).Letter = $NewDriveLetter }
}
function Format-Volume { [CmdletBinding()] param([Parameter(ValueFromPipeline)] $InputObject, [string] $FileSystem, [int] $AllocationUnitSize, [string] $NewFileSystemLabel, [bool] $Confirm)
    process {
        if (Test-Break $PSCmdlet) { return }
        if ($W.Sql.Databases.Count) { return Deny $PSCmdlet 'the databases on the volume would be lost' }
        ($W.Disks | Where-Object { $_.Number -eq $InputObject.DiskNumber }).Formats++
        $W.Labels[$InputObject.DiskNumber] = $NewFileSystemLabel
    }
}

# --- Certificates ---
function New-SelfSignedCertificate { [CmdletBinding()] param([string] $Subject, [string] $DnsName, [string] $KeySpec = 'None', [int] $KeyLength, [string] $KeyExportPolicy, [string] $HashAlgorithm, [string] $Provider, [string[]] $KeyUsage, [string[]] $TextExtension, [string] $CertStoreLocation, [string] $FriendlyName, $NotAfter)
    if (Test-Break $PSCmdlet) { return }
    $made = [Windows.Certificate]::Make()
    $made.Subject = $(if ($Subject) { $Subject } else { "CN=$DnsName" })
    $made.FriendlyName = $FriendlyName
    $made.KeySpec = $KeySpec
    $made.Provider = $Provider
    $made.Exportable = $KeyExportPolicy -eq 'Exportable'
    $made.Usages = @($KeyUsage)
    $made.Extensions = @($TextExtension)
    if ($NotAfter) { $made.NotAfter = $NotAfter }
    $W.Certificates += $made
    $made
}
function Export-PfxCertificate { [CmdletBinding()] param($Cert, [string] $FilePath, [securestring] $Password, [string] $ChainOption, [string] $CryptoAlgorithmOption)
    if (Test-Break $PSCmdlet) { return }
    if ($CryptoAlgorithmOption -ne 'TripleDES_SHA1') { return Deny $PSCmdlet 'Windows Server 2016 could not read this file' }
    if (-not $Cert.Exportable) { return Deny $PSCmdlet 'Cannot export non-exportable private key.' }
    [Windows.File]::WriteAllText($FilePath, "pfx $($Cert.Thumbprint) $($Cert.Subject)")
    $FilePath
}
function Import-PfxCertificate { [CmdletBinding()] param([string] $FilePath, [securestring] $Password, [string] $CertStoreLocation, [switch] $Exportable)
    if (Test-Break $PSCmdlet) { return }
    $made = [Windows.Certificate]::Make()
    $null, $made.Thumbprint, $subject = [Windows.File]::ReadAllText($FilePath) -split ' '
    $made.Subject = $subject -join ' '
    $made.Exportable = $Exportable
    $made.NotAfter = [Windows.Clock]::Now.AddYears(4)
    $W.Certificates += $made
    $made
}

# --- SQL Server ---
function Get-SqlAnswer([string] $Connection, [string] $Sql, $Session) {
    if ($Sql -match 'IS_SRVROLEMEMBER') { return $W.Sql.Sysadmin }
    if ($Sql -match 'IsIntegratedSecurityOnly') { return $(if ($W.Sql.Mixed) { 0 } else { 1 }) }
    if ($Sql -match 'xp_instance_regread') { return $W.Sql.Tcp }
    if ($Sql -match "xp_instance_regwrite.*'LoginMode'") { $W.Sql.NextMixed = $true; return $null }
    if ($Sql -match "xp_instance_regwrite.*'Enabled'") { $W.Sql.NextTcp = $true; return $null }
    if ($Sql -match 'xp_instance_regwrite') { return $null }
    if ($Sql -match 'SELECT COUNT\(\*\) FROM sys.databases') { return $W.Sql.Databases.Count }
    if ($W.Break['sql'] -and $Sql -match $W.Break['sql'][0]) { throw $W.Break['sql'][1] }
    if ($Sql -match 'DECLARE @plan TABLE') {
        foreach ($name in [regex]::Matches($Sql, "\(N'(HPC\w+)', (\d{4})") | Where-Object { $_.Groups[2].Value -eq "$($Session['version'])" } | ForEach-Object { $_.Groups[1].Value }) {
            if ($W.Sql.Databases -notcontains $name) { $W.Sql.Databases += $name }
        }
    }
    if ($Sql -match 'CREATE LOGIN') { $W.Sql.Logins += $Session['account'] }
    return $null
}

# --- HPC Pack: names, parameters and refusals of the cmdlets' reference ---
function Import-Module { [CmdletBinding()] param([Parameter(Position = 0)] [string] $Name)
    if (Test-Break $PSCmdlet) { return }
    if ($W.Config.version -eq 2016) { return Deny $PSCmdlet "The specified module '$Name' was not loaded" }
    $W.Loaded = $Name
}
function Add-PSSnapin { [CmdletBinding()] param([Parameter(Position = 0)] [string] $Name)
    if (Test-Break $PSCmdlet) { return }
    if ($W.Config.version -ne 2016) { return Deny $PSCmdlet "The Windows PowerShell snap-in '$Name' is not installed on this computer." }
    $W.Loaded = $Name
}
function Test-Hpc($Cmdlet) {
    if (-not $W.Loaded) { throw "the HPC cmdlets are not loaded" }
    if (Test-Break $Cmdlet) { return $false }
    if ($W.User -like 'NT AUTHORITY*') { Deny $Cmdlet 'Access denied: the account is no cluster administrator'; return $false }
    return $true
}
function Get-HpcClusterRegistry { [CmdletBinding()] param() Step; if (Test-Hpc $PSCmdlet) { [pscustomobject]@{Name = 'InstallShare'} } }
function Get-HpcNetworkTopology { [CmdletBinding()] param() Step; if (Test-Hpc $PSCmdlet) { $W.Topology } }
function Get-HpcNetworkInterface { [CmdletBinding()] param([string] $Type, [string] $Name) Step
    if (-not (Test-Hpc $PSCmdlet) -or $W.Break['adapters']) { return }
    [pscustomobject]@{Name = 'Ethernet 1'}
    if ($W.Break['second adapter']) { [pscustomobject]@{Name = 'Ethernet 2'} }
}
function Set-HpcNetwork { [CmdletBinding()] param([ValidateSet('Enterprise', 'Private', 'EnterprisePrivate', 'PrivateApplication', 'EnterprisePrivateApplication')] [string] $Topology, [string] $Enterprise, [Nullable[bool]] $EnterpriseFirewall, [string] $EnterpriseDnsRegistrationType) Step
    if (-not (Test-Hpc $PSCmdlet)) { return }
    if ($Enterprise -ne $(if ($W.Break['second adapter']) { 'Ethernet 2' } else { 'Ethernet 1' })) { return Deny $PSCmdlet "there is no network interface '$Enterprise'" }
    $W.Topology = $Topology
}
function Get-HpcOperation { [CmdletBinding()] param([datetime] $StartTime, [string] $State) Step; if (Test-Hpc $PSCmdlet) { [pscustomobject]@{Name = 'Updating cluster configuration'; State = $State} } }
function Set-HpcJobCredential { [CmdletBinding()] param([pscredential] $Credential) Step; if (Test-Hpc $PSCmdlet) { $W.Properties.JobCredential = $Credential.UserName } }
function Set-HpcClusterProperty { [CmdletBinding(DefaultParameterSetName = 'credential')] param([Parameter(ParameterSetName = 'credential')] [pscredential] $InstallCredential, [Parameter(ParameterSetName = 'naming')] [string] $NodeNamingSeries, [Parameter(ParameterSetName = 'beat')] [int] $HeartbeatInterval) Step
    if (-not (Test-Hpc $PSCmdlet)) { return }
    if ($InstallCredential) { $W.Properties.InstallCredential = $InstallCredential.UserName }
    if ($NodeNamingSeries) { $W.Properties.NodeNamingSeries = $NodeNamingSeries }
}
function Get-HpcNodeTemplate { [CmdletBinding()] param([string] $Name) Step
    if (-not (Test-Hpc $PSCmdlet)) { return }
    if ($W.Templates -notcontains $Name) { return Deny $PSCmdlet "no node template '$Name'" }
    [pscustomobject]@{Name = $Name}
}
function New-HpcNodeTemplate { [CmdletBinding()] param([string] $Name, [ValidateSet('ComputeNode', 'BrokerNode', 'WorkstationNode')] [string] $Type, [ValidateSet('All', 'Critical', 'None')] [string] $UpdateCategory, [string] $Description) Step
    if (-not (Test-Hpc $PSCmdlet)) { return }
    if ($W.Templates -contains $Name) { return Deny $PSCmdlet "the node template '$Name' exists" }
    $W.Templates += $Name
}
function Import-HpcJobTemplate { [CmdletBinding()] param([Parameter(Mandatory)] [string] $Name, [Parameter(Mandatory)] [string] $Path, [switch] $Force) Step
    if (Test-Hpc $PSCmdlet) { $W.JobTemplates[$Name] = [Windows.File]::ReadAllText($Path) }
}
function Get-HpcMember { [CmdletBinding()] param([string] $Role) Step; if (Test-Hpc $PSCmdlet) { $W.Members } }
function Add-HpcMember { [CmdletBinding()] param([string] $Name, [ValidateSet('User', 'Administrator', 'JobAdministrator', 'JobOperator')] [string] $Role) Step
    if (-not (Test-Hpc $PSCmdlet)) { return }
    if (@($W.Members | Where-Object { $_.Name -eq $Name }).Count) { return Deny $PSCmdlet "$Name is a member already" }
    $W.Members += [pscustomobject]@{Name = $Name; Role = $Role}
}
function Set-HpcInstallCertificate { [CmdletBinding()] param([string] $PfxFilePath, [securestring] $Password) Step
    if (-not (Test-Hpc $PSCmdlet)) { return }
    $W.InstallCertificate = [Windows.File]::ReadAllText($PfxFilePath)
    [Windows.File]::WriteAllText("\\$($W.Name)\REMINST\Certificates\HpcCnCommunication.pfx", $W.InstallCertificate)
}
function Get-HpcNode { [CmdletBinding()] param([string] $Name, [string] $State, [string] $HealthState, [string] $Scheduler, [string] $GroupName) Step
    if (-not (Test-Hpc $PSCmdlet)) { return }
    $found = @($W.Nodes | Where-Object { (-not $GroupName -or $W.Groups[$GroupName] -contains $_.Name) -and (-not $Name -or $_.Name -eq $Name) -and (-not $HealthState -or $_.HealthState -eq $HealthState) -and (-not $State -or $_.NodeState -eq $State) })
    if (-not $found.Count) { return Deny $PSCmdlet 'No nodes match the given criteria.' }
    $found
}
function Set-HpcNode { [CmdletBinding()] param([string] $Name, [ValidateSet('None', 'ComputeNode', 'BrokerNode', 'WorkstationNode')] [string[]] $Role) Step
    if (-not (Test-Hpc $PSCmdlet)) { return }
    $node = $W.Nodes | Where-Object { $_.Name -eq $Name }
    if ($node.NodeState -ne 'Offline') { return Deny $PSCmdlet "$Name must be offline" }
    $node.Role = "Head $Role"
}
function Set-HpcNodeState { [CmdletBinding()] param([string] $Name, [ValidateSet('Online', 'Offline', 'Rejected')] [string] $State, [switch] $Async, [switch] $Force) Step
    if (-not (Test-Hpc $PSCmdlet)) { return }
    $node = $W.Nodes | Where-Object { $_.Name -eq $Name }
    if (-not $node) { return Deny $PSCmdlet "no node $Name" }
    $node.NodeState = $(if ($State -eq 'Offline' -and $node.NodeState -eq 'Online' -and $Async -and -not $Force) { 'Draining' } else { $State })
}
function Assign-HpcNodeTemplate { [CmdletBinding()] param([string] $Name, [string] $NodeName, $Node, [switch] $Async, [switch] $PassThru, [bool] $Confirm) Step
    if (-not (Test-Hpc $PSCmdlet)) { return }
    $target = $W.Nodes | Where-Object { $_.Name -eq $NodeName }
    if ($target.NodeState -notin 'Unknown', 'Offline') { return Deny $PSCmdlet "$NodeName must be offline" }
    $target.Template = $Name
    $target.NodeState = 'Offline'
    $target.HealthState = 'OK'
}
function Get-HpcGroup { [CmdletBinding()] param([string] $Name) Step
    if (-not (Test-Hpc $PSCmdlet)) { return }
    if (-not $W.Groups.ContainsKey($Name)) { return Deny $PSCmdlet "no group '$Name'" }
    [pscustomobject]@{Name = $Name}
}
function New-HpcGroup { [CmdletBinding()] param([string] $Name, [string] $Description) Step
    if (-not (Test-Hpc $PSCmdlet)) { return }
    if ($W.Groups.ContainsKey($Name)) { return Deny $PSCmdlet "the group '$Name' exists" }
    $W.Groups[$Name] = @()
}
function Add-HpcGroup { [CmdletBinding()] param([string] $Name, [string] $NodeName) Step
    if (-not (Test-Hpc $PSCmdlet)) { return }
    if ($W.Groups[$Name] -contains $NodeName) { return Deny $PSCmdlet "$NodeName is in the group '$Name' already" }
    $W.Groups[$Name] += $NodeName
}
function Remove-HpcNode { [CmdletBinding()] param([string] $Name, [bool] $Confirm) Step; if (Test-Hpc $PSCmdlet) { $W.Nodes = @($W.Nodes | Where-Object { $_.Name -ne $Name }) } }

Export-ModuleMember -Function *
