# SPDX-License-Identifier: Apache-2.0
# What the scripts of all roles share: the install log, stages, restarts, signals, secrets.
# Windows PowerShell 5.1, ASCII. Dot-sourced by install.ps1 in the same folder.
Set-StrictMode -Version 2
$global:ErrorActionPreference = 'Stop' # cmdlets of modules look there
$ProgressPreference = 'SilentlyContinue'
[Net.ServicePointManager]::SecurityProtocol = [Net.SecurityProtocolType]::Tls12

$Config = [IO.File]::ReadAllText('C:\hpcwiz\config.json') | ConvertFrom-Json
$PSDefaultParameterValues['*:Region'] = $Config.region
$StateFolder = 'C:\ProgramData\hpcwiz'
$MarkerFolder = "$StateFolder\stages"
$LogPath = "$StateFolder\install.log"
$ResumeTask = 'hpcwiz-resume'
$AccountTask = 'hpcwiz-resume-account'
$RebootNote = "$StateFolder\reboot-wanted"
$Utf8 = New-Object Text.UTF8Encoding $false
$KnownSecrets = New-Object Collections.Generic.List[string]
$StageName = 'boot'
$StageCode = 0
$StageSkipped = $false
$RestartWanted = $false
[void][IO.Directory]::CreateDirectory($MarkerFolder)
# Who may log on to run jobs must not be able to leave a file here that is run or believed.
foreach ($folder in $StateFolder, 'C:\hpcwiz') {
    & icacls.exe $folder /inheritance:r /grant '*S-1-5-18:(OI)(CI)F' '*S-1-5-32-544:(OI)(CI)F' /q | Out-Null
}

# --- The log ---
# One line of text: no line breaks, no double quotes, no secret that this script has read.
function Format-OneLine([string] $Text, [int] $Longest = 400) {
    foreach ($secret in $KnownSecrets) {
        $Text = $Text.Replace($secret, '***')
    }
    $Text = ($Text -replace '[\x00-\x1f]+', ' ').Replace('"', "'").Trim()
    if ($Text.Length -gt $Longest) {
        $Text = $Text.Substring(0, $Longest)
    }
    return $Text
}

function Get-Timestamp {
    return [DateTime]::UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", [Globalization.CultureInfo]::InvariantCulture)
}

function Write-Log([string] $Text) {
    [IO.File]::AppendAllText($LogPath, "$(Get-Timestamp) $(Format-OneLine $Text 2000)`n", $Utf8)
}

function Write-StageLine([string] $Name, [string] $Status, [int] $Code, [string] $Message) {
    [IO.File]::AppendAllText($LogPath, "$(Get-Timestamp) HPCWIZ stage=$Name status=$Status code=$Code msg=`"$(Format-OneLine $Message)`"`n", $Utf8)
}

# --- Signals ---
# Outside a stack operation (a node that its group replaced) the signal is refused: no failure.
function Send-Signal([int] $Code, [string] $Reason) {
    # With 'Stop' the first line that a program writes to its standard error would be an exception.
    $ErrorActionPreference = 'Continue'
    $program = "$env:ProgramFiles\Amazon\cfn-bootstrap\cfn-signal.exe"
    if (-not (Test-Path $program)) {
        $program = 'cfn-signal.exe'
    }
    # A backslash before the closing quote of an argument would escape it.
    $reply = & $program --exit-code $Code --reason (Format-OneLine $Reason).TrimEnd('\') --stack $Config.stack --resource $Config.resource --region $Config.region 2>&1
    if ($LASTEXITCODE -ne 0) {
        Write-Log "cfn-signal ended with code ${LASTEXITCODE}: $reply"
    }
}

# --- Stages ---
function Test-StageDone([string] $Name) {
    return (Test-Path "$MarkerFolder\$Name.done")
}

# Runs a stage once; one that asked for a restart again after it, so it looks at the machine's real
# state. A failure is signalled at once and ends the script.
function Invoke-Stage([string] $Name, [scriptblock] $Action) {
    if (Test-StageDone $Name) {
        return
    }
    $script:StageName = $Name
    $resumed = "$MarkerFolder\$Name.restarting"
    if (Test-Path $resumed) {
        Remove-Item $resumed
    } else {
        Write-StageLine $Name started 0 ''
    }
    $script:StageCode = 0
    $script:StageSkipped = $false
    $script:RestartWanted = $false
    try {
        $message = [string](& $Action | Select-Object -Last 1)
    } catch {
        Stop-WithFailure $Name $_
    }
    if ($script:RestartWanted) {
        [IO.File]::WriteAllText($resumed, '')
        Restart-Node
    }
    $status = 'done'
    if ($script:StageSkipped) {
        $status = 'skipped'
    }
    Write-StageLine $Name $status $script:StageCode $message
    [IO.File]::WriteAllText("$MarkerFolder\$Name.done", (Get-Timestamp))
}

function Stop-WithFailure([string] $Name, [Management.Automation.ErrorRecord] $Problem) {
    $code = $script:StageCode
    if (-not $code) {
        $code = 1
    }
    $message = $Problem.Exception.Message
    Write-Log "in $($Problem.InvocationInfo.ScriptName) line $($Problem.InvocationInfo.ScriptLineNumber)"
    Write-StageLine $Name failed $code $message
    Send-Signal 1 "stage $Name failed with exit code ${code}: $message"
    exit 1
}

function Skip-Stage([string] $Why) {
    $script:StageSkipped = $true
    return $Why
}

# Fails the stage with an exit code.
function Stop-Stage([int] $Code, [string] $Message) {
    $script:StageCode = $Code
    throw $Message
}

function Request-Restart {
    $script:RestartWanted = $true
}

# The stage 'reboot' exists only where a set-up program asked for one (exit code 3010).
function Invoke-RebootStage {
    if (-not (Test-Path $RebootNote)) {
        return
    }
    Invoke-Stage reboot {
        $asked = (Get-Item $RebootNote).LastWriteTimeUtc
        $booted = (Get-CimInstance Win32_OperatingSystem).LastBootUpTime.ToUniversalTime()
        if ($booted -lt $asked) {
            Request-Restart
        } else {
            "restarted at $($booted.ToString('u'))"
        }
    }
}

function New-ScriptAction([string] $Name) {
    return New-ScheduledTaskAction -Execute powershell.exe -Argument "-NoProfile -NonInteractive -ExecutionPolicy Bypass -File C:\hpcwiz\$Name"
}

# Goes on with install.ps1 after a restart: as SYSTEM, once in the domain as the service account,
# under another name, since a task that runs is not started again. The password goes to the task
# scheduler by the cmdlet, never by a command line.
function Register-Resume([Management.Automation.PSCredential] $Account) {
    $trigger = New-ScheduledTaskTrigger -AtStartup
    $trigger.Delay = 'PT30S' # the domain has to be in reach
    $settings = New-ScheduledTaskSettingsSet -StartWhenAvailable -ExecutionTimeLimit (New-TimeSpan -Hours 12)
    $task = @{TaskName = $ResumeTask; User = 'SYSTEM'; Action = New-ScriptAction 'install.ps1'; Trigger = $trigger; Settings = $settings; RunLevel = 'Highest'; Force = $true}
    if ($null -ne $Account) {
        $task.TaskName = $AccountTask
        $task.User = $Account.UserName
        $task.Password = $Account.GetNetworkCredential().Password
    }
    [void](Register-ScheduledTask @task)
}

function Remove-Resume([string[]] $Names) {
    $Names | ForEach-Object { Unregister-ScheduledTask -TaskName $_ -Confirm:$false -ErrorAction Ignore }
}

# One run at a time: after a restart in the middle both EC2Launch and the task may start one.
function Enter-Installation {
    try {
        $script:Lock = Wait-For 'the run before' 60 { [IO.File]::Open("$StateFolder\lock", 'OpenOrCreate', 'ReadWrite', 'None') } 2
    } catch {
        Write-Log 'another run goes on'
        exit 0
    }
}

function Restart-Node {
    Write-Log 'restarting; the installation goes on after it'
    & shutdown.exe /r /t 5 /d p:4:2 | Out-Null
    exit 0
}

# Repeats until Test gives something true; throws with the last problem when the time is over.
function Wait-For([string] $What, [int] $Seconds, [scriptblock] $Test, [int] $Pause = 10) {
    $clock = [Diagnostics.Stopwatch]::StartNew()
    $last = 'no answer'
    while ($true) {
        try {
            $result = & $Test
            if ($result) {
                return $result
            }
        } catch {
            $last = $_.Exception.Message
        }
        if ($clock.Elapsed.TotalSeconds -ge $Seconds) {
            throw "$What was not ready within $Seconds seconds: $last"
        }
        Write-Log "waiting for ${What}: $last"
        Start-Sleep $Pause
    }
}

# --- AWS ---
# Instance metadata, version 2: with a token.
function Get-Metadata([string] $Path) {
    $base = 'http://169.254.169.254/latest'
    return Wait-For 'the metadata of the instance' 60 {
        $token = Invoke-RestMethod -Method Put -Uri "$base/api/token" -Headers @{'X-aws-ec2-metadata-token-ttl-seconds' = '300'} -TimeoutSec 10
        Invoke-RestMethod -Uri "$base/meta-data/$Path" -Headers @{'X-aws-ec2-metadata-token' = $token} -TimeoutSec 10
    } 2
}

function Get-Secret([string] $Name) {
    $value = (Get-SSMParameter -Name $Name -WithDecryption $true).Value
    if (-not $value) {
        throw "the SSM parameter $Name is empty"
    }
    return $value
}

# A password is kept out of the log even where a program repeats it.
function Get-SecretPassword([string] $Name) {
    $value = Get-Secret $Name
    if (-not $KnownSecrets.Contains($value)) {
        $KnownSecrets.Add($value)
    }
    return (ConvertTo-SecureString $value -AsPlainText -Force)
}

# DOMAIN\name, also when the parameter holds the bare name, name@domain or full.domain\name.
function Get-ServiceAccount {
    $domain, $name = (Get-Secret $Config.serviceUsernameName) -split '\\', 2
    if ($null -eq $name) {
        $domain, $name = $Config.netbios, ($domain -split '@')[0]
    }
    if ($domain -eq $Config.domain) {
        $domain = $Config.netbios
    }
    $password = Get-SecretPassword $Config.servicePasswordName
    return (New-Object Management.Automation.PSCredential "$domain\$name", $password)
}

# hpcwiz reads this tag through AWS before it trusts a connection.
function Publish-Fingerprint([string] $Key, [string] $Value) {
    $instance = Get-Metadata 'instance-id'
    Wait-For "the tag $Key" 120 {
        New-EC2Tag -Resource $instance -Tag @{Key = $Key; Value = $Value} -Force
        $true
    } | Out-Null
}

# --- Access ---
function Get-Sha256Hex([byte[]] $Bytes) {
    return [BitConverter]::ToString([Security.Cryptography.SHA256]::Create().ComputeHash($Bytes)).Replace('-', '').ToLowerInvariant()
}

function Open-Port([string] $Name, [int] $Port) {
    if (-not (Get-NetFirewallRule -Name $Name -ErrorAction Ignore)) {
        [void](New-NetFirewallRule -Name $Name -DisplayName $Name -Protocol TCP -LocalPort $Port -Direction Inbound -Action Allow)
    }
}

# hpcwiz status looks for these words in the message of a stage.
function Format-Validity($Certificate) {
    return "valid until $($Certificate.NotAfter.ToUniversalTime().ToString('yyyy-MM-ddTHH:mm:ssZ'))"
}

function Enable-WinRMAccess {
    $name = 'hpcwiz WinRM'
    $certificate = Get-ChildItem Cert:\LocalMachine\My | Where-Object { $_.FriendlyName -eq $name } | Select-Object -First 1
    if (-not $certificate) {
        $certificate = New-SelfSignedCertificate -DnsName $env:COMPUTERNAME -CertStoreLocation Cert:\LocalMachine\My -FriendlyName $name -NotAfter (Get-Date).AddYears(5)
    }
    Enable-PSRemoting -Force -SkipNetworkProfileCheck | Out-Null
    # A listener that came with the image has another certificate than the one that is published.
    Get-ChildItem WSMan:\localhost\Listener | Where-Object { $_.Keys -contains 'Transport=HTTPS' } | Remove-Item -Recurse -Force
    [void](New-Item WSMan:\localhost\Listener -Transport HTTPS -Address * -CertificateThumbPrint $certificate.Thumbprint -Force)
    Set-Item WSMan:\localhost\Service\AllowUnencrypted $false -Force
    Set-Item WSMan:\localhost\Service\Auth\Basic $true -Force
    Open-Port 'hpcwiz-winrm' 5986
    Publish-Fingerprint 'hpcwiz:winrm-sha256' (Get-Sha256Hex $certificate.RawData)
    return ", its certificate $(Format-Validity $certificate)"
}

function Enable-SshAccess {
    if (-not (Get-Service sshd -ErrorAction Ignore)) {
        [void](Add-WindowsCapability -Online -Name 'OpenSSH.Server~~~~0.0.1.0')
    }
    Set-Service sshd -StartupType Automatic
    Start-Service sshd
    # Windows OpenSSH takes the keys of administrators from here, if nobody else may write it.
    $file = "$env:ProgramData\ssh\administrators_authorized_keys"
    [IO.File]::WriteAllText($file, "$((Get-Metadata 'public-keys/0/openssh-key').Trim())`n")
    & icacls.exe $file /inheritance:r /grant '*S-1-5-18:F' '*S-1-5-32-544:F' /q | Out-Null
    Open-Port 'hpcwiz-ssh' 22
    $keys = @(Get-ChildItem "$env:ProgramData\ssh\ssh_host_*_key.pub" | ForEach-Object {
        Get-Sha256Hex ([Convert]::FromBase64String(([IO.File]::ReadAllText($_.FullName) -split ' ')[1]))
    })
    Publish-Fingerprint 'hpcwiz:ssh-sha256' (($keys | Select-Object -First 3) -join ' ')
}

# --- Logs that outlive the node ---
# The CloudWatch agent sends what its configuration names. Without it the node is as good.
function Start-LogAgent {
    if ($Config.logs -eq 'none') {
        return
    }
    try {
        $control = "$env:ProgramFiles\Amazon\AmazonCloudWatchAgent\amazon-cloudwatch-agent-ctl.ps1"
        if (-not (Test-Path $control)) {
            $file = "$StateFolder\agent.msi"
            Invoke-WebRequest 'https://amazoncloudwatch-agent.s3.amazonaws.com/windows/amd64/latest/amazon-cloudwatch-agent.msi' -OutFile $file -UseBasicParsing
            $signature = Get-AuthenticodeSignature $file
            if ($signature.Status -ne 'Valid' -or $signature.SignerCertificate.Subject -notmatch 'Amazon') {
                throw 'its installer is not signed by Amazon'
            }
            Start-Process msiexec.exe "/i $file /qn" -Wait
        }
        & $control -a fetch-config -m ec2 -s -c "ssm:$($Config.logs)" | Out-Null
        if ($LASTEXITCODE) {
            throw "the agent ended with code $LASTEXITCODE"
        }
    } catch {
        Write-Log "no logs to CloudWatch: $($_.Exception.Message)"
    }
}

# --- Stages that every role has ---
# The kept network interface is the node's first, or comes as its second by the Lambda manager.
function Wait-KeptAddress {
    Wait-For "the address $($Config.address)" 300 {
        Get-NetIPAddress -IPAddress $Config.address
    } | Out-Null
    return $Config.address
}

function Invoke-BootStage {
    Enter-Installation
    Invoke-Stage boot {
        Register-Resume $null
        $validity = ''
        if ($Config.access -eq 'ssh') {
            Enable-SshAccess
        } else {
            $validity = Enable-WinRMAccess | Select-Object -Last 1
        }
        Start-LogAgent
        # Updates that restart the node in the middle of the set-up are the commonest failure.
        # Not before here: OpenSSH comes by Windows Update.
        Stop-Service wuauserv -Force -ErrorAction Ignore
        Set-Service wuauserv -StartupType Disabled
        "$(Get-Metadata 'instance-id') $($Config.access) ready$validity"
    }
}

# Joins the domain under a name of the node's own and makes the service account a local
# administrator. AsAccount: from here on the installation goes on as that account.
function Invoke-DomainStage([scriptblock] $GetName, [switch] $AsAccount) {
    Invoke-Stage domain {
        $name = & $GetName
        $account = Get-ServiceAccount
        $system = Get-CimInstance Win32_ComputerSystem
        if (-not $system.PartOfDomain -or $system.Name -ne $name) {
            Join-Domain $account $name $system
            Request-Restart
            return
        }
        try {
            Add-LocalGroupMember -SID S-1-5-32-544 -Member $account.UserName
        } catch {
            if ($_.FullyQualifiedErrorId -notmatch '^MemberExists') { throw }
        }
        if ($AsAccount) {
            Register-Resume $account
            Remove-Resume $ResumeTask
        }
        "$($system.Name) is a member of $($system.Domain)"
    }
    if ($AsAccount -and -not (Test-StageDone signal)) {
        Switch-ToServiceAccount
    }
}

function Join-Domain($Account, [string] $NewName, $System) {
    Wait-For "the domain $($Config.domain)" 300 {
        Clear-DnsClientCache
        Resolve-DnsName "_ldap._tcp.dc._msdcs.$($Config.domain)" -Type SRV
    } | Out-Null
    if ($System.PartOfDomain) {
        Rename-Computer -NewName $NewName -DomainCredential $Account -Force
        return
    }
    $join = @{DomainName = $Config.domain; Credential = $Account; Force = $true}
    if ($Config.ou) {
        $join.OUPath = $Config.ou
    }
    if ($System.Name -ne $NewName) {
        $join.NewName = $NewName
    }
    Add-Computer @join
}

# Goes on as the service account: a task that does not start is a failure, not a silence.
function Switch-ToServiceAccount {
    $name = (Get-ScheduledTask -TaskName $AccountTask).Principal.UserId
    $me = [Security.Principal.WindowsIdentity]::GetCurrent().Name
    if (($me -split '\\')[-1] -eq ($name -split '\\')[-1] -and $me -notlike "$env:COMPUTERNAME\*") {
        return
    }
    Start-ScheduledTask -TaskName $AccountTask
    Wait-For "the installation as $name" 60 {
        if ((Get-ScheduledTask -TaskName $AccountTask).State -eq 'Running') {
            return $true
        }
        throw "its task ended with code $((Get-ScheduledTaskInfo -TaskName $AccountTask).LastTaskResult)"
    } 2 | Out-Null
    exit 0
}

function Invoke-SignalStage {
    Invoke-Stage signal {
        Send-Signal 0 "$($Config.role) installed"
        "$($Config.role) installed"
    }
    Remove-Resume $ResumeTask, $AccountTask
}
