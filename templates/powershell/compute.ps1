# SPDX-License-Identifier: Apache-2.0
# Installs a compute node of HPC Pack. Runs again after each restart and goes on where it stopped.
# Windows PowerShell 5.1, ASCII.
. (Join-Path $PSScriptRoot 'lib.ps1')
. (Join-Path $PSScriptRoot 'hpc.ps1')

# The head node's install share; HPC Pack's set-up makes it.
$HeadName = "$($Config.headNode).$($Config.domain)"
$Share = "\\$HeadName\REMINST"

# The certificate that the head node published: into the machine's own store and, since it is
# self-signed, among the trusted roots.
function Import-HpcCertificate {
    $password = Get-SecretPassword $Config.certificatePasswordName
    $file = Join-Path $Share 'Certificates\HpcCnCommunication.pfx'
    Wait-For 'the certificate of the head node' 600 { Test-Path $file } | Out-Null
    $certificate = @(Import-PfxCertificate -FilePath $file -Password $password -CertStoreLocation Cert:\LocalMachine\My)[0]
    Add-TrustedRoot $certificate
    return $certificate.Thumbprint
}

# --- The stages, in order ---
Invoke-BootStage
Invoke-DomainStage (ConvertTo-NodeName (Get-Metadata 'instance-id'))
Switch-ToServiceAccount

Invoke-Stage wait-head {
    Wait-For "the install share $Share" 1200 { Test-Path (Join-Path $Share 'Setup.exe') } 20 | Out-Null
    "$Share is there"
}

Invoke-Stage fetch-certificate {
    $thumbprint = Import-HpcCertificate
    [IO.File]::WriteAllText((Join-Path $StateFolder 'thumbprint'), $thumbprint)
    $thumbprint
}

Invoke-Stage setup {
    if (Get-Service HpcNodeManager -ErrorAction SilentlyContinue) {
        'HPC Pack is installed already'
        return
    }
    $thumbprint = [IO.File]::ReadAllText((Join-Path $StateFolder 'thumbprint'))
    Install-HpcPack (Join-Path $Share 'Setup.exe') @('-unattend', '-Quiet', "-ComputeNode:`"$($Config.headNode)`"", "-SSLThumbprint:$thumbprint") 5
}

Invoke-RebootStage

Invoke-Stage configure {
    [Environment]::SetEnvironmentVariable('CCP_SCHEDULER', $Config.headNode, 'Machine')
    foreach ($name in 'HpcManagement', 'HpcNodeManager', 'msmpi') {
        Wait-For "the service $name" 300 { (Get-Service $name).Status -eq 'Running' } | Out-Null
    }
    'services are running'
}

Invoke-Stage online {
    Import-HpcModule
    # The head node approves the node and brings it online (approve.ps1).
    Wait-For 'approval by the head node' 1200 {
        (Get-HpcNode -Name $env:COMPUTERNAME -Scheduler $Config.headNode -ErrorAction Stop).NodeState -eq 'Online'
    } 20 | Out-Null
    "$env:COMPUTERNAME is online"
}

Invoke-SignalStage
