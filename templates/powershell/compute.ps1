# SPDX-License-Identifier: Apache-2.0
# Installs a compute node of HPC Pack. Runs again after each restart and goes on where it stopped.
# Windows PowerShell 5.1, ASCII.
. (Join-Path $PSScriptRoot 'lib.ps1')
. (Join-Path $PSScriptRoot 'hpc.ps1')
trap { Stop-WithFailure $StageName $_ }

# The head node's install share; HPC Pack's set-up makes it.
$HeadName = "$($Config.headNode).$($Config.domain)"
$Share = "\\$HeadName\REMINST"
$ThumbprintFile = "$StateFolder\thumbprint"
$Services = 'HpcManagement', 'HpcNodeManager', 'msmpi'

# The certificate that the head node published: into the machine's own store and, since it is
# self-signed, among the trusted roots.
function Import-HpcCertificate {
    $password = Get-SecretPassword $Config.certificatePasswordName
    $file = "$Share\Certificates\HpcCnCommunication.pfx"
    Wait-For 'the certificate of the head node' 600 { Test-Path $file } | Out-Null
    $certificate = @(Import-PfxCertificate -FilePath $file -Password $password -CertStoreLocation Cert:\LocalMachine\My)[0]
    Enable-Certificate $certificate
    return $certificate
}

# An image that has HPC Pack already knows another cluster, or none.
function Connect-Cluster {
    $wanted = @{ClusterConnectionString = $Config.headNode; SSLThumbprint = [IO.File]::ReadAllText($ThumbprintFile)}
    $changed = $false
    foreach ($key in @('HKLM:\SOFTWARE\Microsoft\HPC', 'HKLM:\SOFTWARE\Wow6432Node\Microsoft\HPC' | Where-Object { Test-Path $_ })) {
        foreach ($name in $wanted.Keys) {
            if ((Get-Item $key).GetValue($name) -ne $wanted[$name]) {
                Set-ItemProperty $key $name $wanted[$name]
                $changed = $true
            }
        }
    }
    foreach ($name in 'CCP_SCHEDULER', 'CCP_CONNECTIONSTRING') {
        [Environment]::SetEnvironmentVariable($name, $Config.headNode, 'Machine')
    }
    if ($changed) {
        Restart-Service $Services -Force
    }
}

# --- The stages, in order ---
Invoke-BootStage
Invoke-DomainStage { ConvertTo-NodeName (Get-Metadata 'instance-id') } -AsAccount

Invoke-Stage wait-head {
    Wait-For "the install share $Share" 1200 { Test-Path "$Share\Setup.exe" } 20 | Out-Null
    "$Share is there"
}

Invoke-Stage fetch-certificate {
    $certificate = Import-HpcCertificate
    [IO.File]::WriteAllText($ThumbprintFile, $certificate.Thumbprint)
    "$($certificate.Thumbprint) $(Format-Validity $certificate)"
}

Invoke-Stage setup {
    if (Test-HpcInstalled HpcNodeManager) {
        'HPC Pack is installed already'
        return
    }
    if (-not (Test-DotNet $Share)) {
        Request-Restart
        return
    }
    $thumbprint = [IO.File]::ReadAllText($ThumbprintFile)
    Install-HpcPack "$Share\Setup.exe" @('-unattend', '-Quiet', "-ComputeNode:`"$($Config.headNode)`"", "-SSLThumbprint:$thumbprint") 5
}

Invoke-RebootStage

Invoke-Stage configure {
    Connect-Cluster
    foreach ($name in $Services) {
        Wait-For "the service $name" 300 { (Get-Service $name).Status -eq 'Running' } | Out-Null
    }
    'services are running'
}

Invoke-Stage online {
    Import-HpcModule
    # The head node approves the node and brings it online (approve.ps1).
    Wait-For 'approval by the head node' 1200 {
        (Get-HpcNode -Name $env:COMPUTERNAME -Scheduler $Config.headNode).NodeState -eq 'Online'
    } 20 | Out-Null
    "$env:COMPUTERNAME is online"
}

Invoke-SignalStage
