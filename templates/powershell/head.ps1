# SPDX-License-Identifier: Apache-2.0
# Installs the head node of HPC Pack. Runs again after each restart and goes on where it stopped.
# Windows PowerShell 5.1, ASCII.
. (Join-Path $PSScriptRoot 'lib.ps1')
. (Join-Path $PSScriptRoot 'hpc.ps1')
. (Join-Path $PSScriptRoot 'database.ps1')
trap { Stop-WithFailure $StageName $_ }

$ComputerName = "$($Config.cluster)-HN"

# --- Media ---
# The folder that holds setup.exe: baked into the image, else fetched from S3 now.
function Get-Media {
    $said = @(& (Join-Path $PSScriptRoot 'media.ps1') $Config.media $Config.region)
    $said | Select-Object -First ($said.Count - 1) | ForEach-Object { Write-Log $_ }
    return $said[-1]
}

# --- Certificate ---
# The newest valid one with the private key.
function Find-HpcCertificate {
    Get-ChildItem Cert:\LocalMachine\My | Where-Object {
        $_.Subject -eq "CN=$($Config.certificateName)" -and $_.HasPrivateKey -and $_.NotAfter -gt (Get-Date).AddDays(30)
    } | Sort-Object NotAfter -Descending | Select-Object -First 1
}

# Key specification, usages and provider are those that HPC Pack's set-up accepts; CNG keys and
# signature-only keys are refused (13818).
function New-HpcCertificate {
    $subject = "CN=$($Config.certificateName)"
    $usages = '2.5.29.37={text}1.3.6.1.5.5.7.3.1,1.3.6.1.5.5.7.3.2'
    return New-SelfSignedCertificate -Subject $subject -KeySpec KeyExchange -KeyLength 2048 -KeyExportPolicy Exportable -HashAlgorithm SHA256 -Provider 'Microsoft Enhanced RSA and AES Cryptographic Provider' -KeyUsage DigitalSignature, KeyEncipherment, KeyAgreement, CertSign -TextExtension @($usages) -CertStoreLocation Cert:\LocalMachine\My -NotAfter (Get-Date).AddYears(5)
}

# Windows before Server 2019 reads no file that is encrypted in a newer way, and calls that a wrong
# password. It has no such option either.
function Export-HpcCertificate([string] $File, $Certificate, [securestring] $Password) {
    $how = @{}
    if ((Get-Command Export-PfxCertificate).Parameters.ContainsKey('CryptoAlgorithmOption')) {
        $how.CryptoAlgorithmOption = 'TripleDES_SHA1'
    }
    [void](Export-PfxCertificate -Cert $Certificate -FilePath $File -Password $Password -ChainOption EndEntityCertOnly @how)
}

# Made once for the cluster: a SecureString parameter keeps it, under its password, so that a head
# node in this one's place is the same to the compute nodes.
function Initialize-HpcCertificate {
    $password = Get-SecretPassword $Config.certificatePasswordName
    $file = "$StateFolder\certificate.pfx"
    try {
        $certificate = Find-HpcCertificate
        $kept = @((Get-SSMParameterValue -Name $Config.certificateKeptName -WithDecryption $true).Parameters)
        if ($kept.Count -and -not $certificate) {
            [IO.File]::WriteAllBytes($file, [Convert]::FromBase64String($kept[0].Value))
            [void](Import-PfxCertificate -FilePath $file -Password $password -CertStoreLocation Cert:\LocalMachine\My -Exportable)
            $certificate = Find-HpcCertificate
        }
        if (-not $kept.Count -or -not $certificate) {
            if (-not $certificate) {
                $certificate = New-HpcCertificate
            }
            Export-HpcCertificate $file $certificate $password
            $value = [Convert]::ToBase64String([IO.File]::ReadAllBytes($file))
            [void](Write-SSMParameter -Name $Config.certificateKeptName -Type SecureString -Value $value -Tier Intelligent-Tiering -Overwrite $true)
        }
    } finally {
        Remove-Item $file -Force -ErrorAction Ignore
    }
    return $certificate
}

# --- Set-up ---
# Integrated security: no password ever stands on the command line. HPC Pack 2019 has two more
# databases than 2016. Without a server set-up installs SQL Server Express on this node.
function Get-DatabaseArguments {
    if (-not $Config.sqlServer) {
        return @()
    }
    $switches = [ordered]@{MgmtDbConStr = 'HPCManagement'; SchdDbConStr = 'HPCScheduler'; RptDbConStr = 'HPCReporting'; DiagDbConStr = 'HPCDiagnostics'; MonDbConStr = 'HPCMonitoring'}
    if ($Config.version -ge 2019) {
        $switches.HAStorageDbConStr = 'HPCHAStorage'
        $switches.HAWitnessDbConStr = 'HPCHAWitness'
    }
    foreach ($switch in $switches.Keys) {
        '-{0}:"Data Source={1};Initial Catalog={2};Integrated Security=True"' -f $switch, $Config.sqlServer, $switches[$switch]
    }
}

function Install-HeadNode([string] $Media) {
    if (-not (Test-DotNet $Media)) {
        Request-Restart
        return
    }
    if ($Config.sqlServer) {
        $messages = "$Media\Setup\DefineErrorMessages.sql"
        if (Test-Path $messages) {
            Invoke-SqlFile (Open-Sql $Config.sqlServer) $messages
        }
    }
    $arguments = @('-unattend', '-Quiet', '-HeadNode', "-SSLThumbprint:$((Find-HpcCertificate).Thumbprint)", '-SkipComponent:rras,dhcp,wds')
    return Install-HpcPack "$Media\setup.exe" ($arguments + @(Get-DatabaseArguments)) 8
}

# --- Configuration ---
function Set-Topology {
    $now = Wait-For 'the network configuration' 300 { Get-HpcNetworkTopology }
    if ("$now" -eq 'Enterprise') {
        return
    }
    # Of several the one with the kept address.
    $name = (Get-NetIPAddress -IPAddress $Config.address).InterfaceAlias
    $adapter = Get-HpcNetworkInterface | Sort-Object { $_.Name -ne $name } | Select-Object -First 1
    if (-not $adapter) {
        throw 'HPC Pack sees no network adapter that has IP and DHCP'
    }
    $start = Get-Date
    Wait-For 'the network topology to be accepted' 300 {
        Set-HpcNetwork -Topology Enterprise -Enterprise $adapter.Name -EnterpriseFirewall $true
        $true
    } | Out-Null
    # The change goes on in the background and may still reset cluster variables.
    try {
        Wait-For 'the network configuration to be applied' 120 {
            @(Get-HpcOperation -StartTime $start -State Committed).Count
        } | Out-Null
    } catch {
        Write-Log $_.Exception.Message
    }
}

function Set-ClusterProperties {
    $account = Get-ServiceAccount
    Set-HpcJobCredential -Credential $account
    Set-HpcClusterProperty -InstallCredential $account
    Set-HpcClusterProperty -NodeNamingSeries 'CN%1000%'
}

function Add-Template {
    if (-not @(Get-HpcNodeTemplate -Name $Config.nodeTemplate -ErrorAction Ignore).Count) {
        [void](New-HpcNodeTemplate -Name $Config.nodeTemplate -Type ComputeNode -UpdateCategory None -Description 'Compute nodes')
    }
}

# Job templates that lie beside the media, in the form of Export-HpcJobTemplate.
function Add-JobTemplates([string] $Media) {
    foreach ($file in @(Get-ChildItem "$Media\JobTemplates" -Filter *.xml -ErrorAction Ignore)) {
        Import-HpcJobTemplate -Name ([IO.Path]::GetFileNameWithoutExtension($file.Name)) -Path $file.FullName -Force
    }
}

function Add-Members([string[]] $Names, [string] $Role) {
    $present = @(Get-HpcMember -ErrorAction Ignore | ForEach-Object { $_.Name })
    foreach ($name in @($Names | Where-Object { $_ })) {
        if ($present -notcontains $name) {
            Add-HpcMember -Name $name -Role $Role
        }
    }
}

# Approves, once a minute, the compute nodes that join; on this node no credential has to travel.
function Register-Approval {
    $account = Get-ServiceAccount
    $trigger = New-ScheduledTaskTrigger -Once -At (Get-Date) -RepetitionInterval (New-TimeSpan -Minutes 1)
    $settings = New-ScheduledTaskSettingsSet -MultipleInstances IgnoreNew -ExecutionTimeLimit (New-TimeSpan -Minutes 30)
    [void](Register-ScheduledTask -TaskName 'hpcwiz-approve' -Action (New-ScriptAction 'approve.ps1') -Trigger $trigger -Settings $settings -RunLevel Highest -User $account.UserName -Password $account.GetNetworkCredential().Password -Force)
}

# --- The stages, in order ---
Invoke-BootStage

Invoke-Stage network {
    Wait-KeptAddress # by DHCP, as HPC Pack expects
}

Invoke-DomainStage { $ComputerName } -AsAccount

Invoke-Stage wait-sql {
    if (-not $Config.sqlServer) {
        Skip-Stage 'the databases will be on this node'
        return
    }
    $sql = Wait-For "SQL Server at $($Config.sqlServer)" 900 { Open-Sql $Config.sqlServer 'HPCManagement' }
    # The services of HPC Pack work as the computer account, which exists since the domain join.
    Invoke-SqlFile $sql (Join-Path $PSScriptRoot 'sql\logins.sql') @{account = "$($Config.netbios)\$env:COMPUTERNAME`$"; installer = 0; password = ''}
    "$($Config.sqlServer) answers"
}

Invoke-Stage certificate {
    $certificate = Initialize-HpcCertificate
    Enable-Certificate $certificate
    "$($certificate.Thumbprint) $(Format-Validity $certificate)"
}

Invoke-Stage setup {
    if (Test-HpcInstalled HpcScheduler) {
        'HPC Pack is installed already'
        return
    }
    Install-HeadNode (Get-Media)
}

Invoke-RebootStage

Invoke-Stage configure {
    Import-HpcModule
    Wait-For 'the HPC Pack services' 900 { Get-HpcClusterRegistry } 15 | Out-Null
    Set-Topology
    Set-ClusterProperties
    Add-Template
    Add-JobTemplates 'C:\HPCPack'
    Add-Members $Config.administrators Administrator
    Add-Members $Config.users User
    "topology Enterprise, template '$($Config.nodeTemplate)'"
}

Invoke-Stage share-certificate {
    Import-HpcModule
    $password = Get-SecretPassword $Config.certificatePasswordName
    $file = "$StateFolder\HpcCnCommunication.pfx"
    try {
        Export-HpcCertificate $file (Find-HpcCertificate) $password
        Set-HpcInstallCertificate -PfxFilePath $file -Password $password
    } finally {
        Remove-Item $file -Force -ErrorAction Ignore
    }
    "published in \\$env:COMPUTERNAME\REMINST"
}

Invoke-Stage online {
    Import-HpcModule
    $me = @{Name = $env:COMPUTERNAME}
    if ((Get-HpcNode @me).NodeState -ne 'Online') {
        # Sessions are brokered here, jobs run elsewhere. A role is set while the node is offline.
        Set-HpcNode @me -Role BrokerNode
        Set-HpcNodeState @me -State Online
        Wait-For 'the head node to be online' 300 { (Get-HpcNode @me).NodeState -eq 'Online' } | Out-Null
    }
    Register-Approval
    "$env:COMPUTERNAME is online"
}

Invoke-SignalStage
