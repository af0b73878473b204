# SPDX-License-Identifier: Apache-2.0
# HPC Pack's set-up and cmdlets, for head node and compute nodes. Needs lib.ps1.
# Runs a program without a window and returns its exit code; throws when it takes too long.
function Invoke-Program([string] $Path, [string[]] $Arguments, [int] $Minutes) {
    Write-Log "running $Path $Arguments"
    $process = Start-Process -FilePath $Path -ArgumentList $Arguments -PassThru -WindowStyle Hidden
    [void]$process.Handle # keeps the exit code readable after the end
    if (-not $process.WaitForExit($Minutes * 60000)) {
        throw "$Path did not end within $Minutes minutes"
    }
    return $process.ExitCode
}

# Set-up wants a .NET Framework that Windows Server 2016 lacks; its installer lies with the media.
# False: after a restart. (No other restart is due: the node has just restarted into its domain.)
function Test-DotNet([string] $Root) {
    $note = "$StateFolder\dotnet"
    $needed = @{2016 = 393295; 2019 = 461808}[[int]$Config.version]
    $release = (Get-Item 'HKLM:\SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full').GetValue('Release')
    if ($release -ge $needed) {
        return $true
    }
    $installer = Get-ChildItem "$Root\DotNetFramework" -Filter NDP*.exe -ErrorAction Ignore | Select-Object -First 1
    if (-not $installer -or (Test-Path $note)) {
        throw ".NET Framework of release $release is too old: HPC Pack $($Config.version) needs $needed"
    }
    $code = Invoke-Program $installer.FullName '/q', '/norestart' 30
    if ($code -notin 0, 3010, 1641) {
        Stop-Stage $code "$($installer.Name) ended with exit code $code"
    }
    [IO.File]::WriteAllText($note, '')
    return $false
}

# A set-up that did not come to its end has left its note, and what it installed is not trusted.
$SetupNote = "$StateFolder\setup-running"
function Test-HpcInstalled([string] $Service) {
    return (Get-Service $Service -ErrorAction Ignore) -and -not (Test-Path $SetupNote)
}

# HPC Pack's set-up, with the exit codes on which github.com/Azure/hpcpack-template acts: 0 and 3010
# (restart needed) are success; 13818, a certificate that does not fit, stays; others are retried.
function Install-HpcPack([string] $Path, [string[]] $Arguments, [int] $Tries) {
    [IO.File]::WriteAllText($SetupNote, '')
    for ($n = 1; ; $n++) {
        $code = Invoke-Program $Path $Arguments 60
        Write-Log "set-up ended with exit code $code (try $n of $Tries)"
        if ($code -eq 3010 -or $code -eq 1641) {
            [IO.File]::WriteAllText($RebootNote, (Get-Timestamp))
        }
        if ($code -eq 0 -or $code -eq 3010 -or $code -eq 1641) {
            $script:StageCode = $code
            Remove-Item $SetupNote
            return "exit code $code"
        }
        if ($code -eq 13818) {
            Stop-Stage $code 'set-up refused the certificate: it does not meet the requirements'
        }
        if ($n -ge $Tries) {
            Stop-Stage $code "set-up failed $n times, last with exit code $code; see HPCSetupLogs in %windir%\Temp"
        }
        Clear-DnsClientCache
        Start-Sleep -Seconds ([Math]::Min(60, 10 * $n))
    }
}

# Self-signed, so it has to be its own authority. Services of 2016 read its key as NETWORK SERVICE.
function Enable-Certificate($Certificate) {
    $store = New-Object Security.Cryptography.X509Certificates.X509Store 'Root', 'LocalMachine'
    $store.Open('ReadWrite')
    $store.Add((New-Object Security.Cryptography.X509Certificates.X509Certificate2 (, $Certificate.RawData)))
    $store.Close()
    if ($Config.version -eq 2016) {
        $key = $Certificate.PrivateKey.CspKeyContainerInfo.UniqueKeyContainerName
        & icacls.exe "$env:ProgramData\Microsoft\Crypto\RSA\MachineKeys\$key" /grant '*S-1-5-20:R' /q | Out-Null
    }
}

# The cmdlets of HPC Pack; what set-up added to the environment is not yet in this process.
function Import-HpcModule {
    foreach ($name in 'Path', 'CCP_HOME', 'CCP_DATA', 'CCP_SCHEDULER', 'CCP_CONNECTIONSTRING') {
        $value = [Environment]::GetEnvironmentVariable($name, 'Machine')
        if ($value) {
            [Environment]::SetEnvironmentVariable($name, $value, 'Process')
        }
    }
    # A module of 2019, a file of both, a snap-in of 2016.
    foreach ($way in { Import-Module Microsoft.Hpc }, { Import-Module "$env:CCP_HOME\Bin\ccppsh.dll" }, { Add-PSSnapin Microsoft.HPC }) {
        try {
            & $way
            return
        } catch {
            $problem = $_
        }
    }
    throw $problem
}

# The computer name of a compute node: from the instance id, so that two nodes of one image never
# share a name; at most 15 characters.
function ConvertTo-NodeName([string] $Instance) {
    return ('N-' + $Instance.Substring([Math]::Max(0, $Instance.Length - 13))).ToUpperInvariant()
}
