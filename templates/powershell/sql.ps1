# SPDX-License-Identifier: Apache-2.0
# Installs the SQL Server node. Runs again after each restart and goes on where it stopped.
# Windows PowerShell 5.1, ASCII.
. (Join-Path $PSScriptRoot 'lib.ps1')
. (Join-Path $PSScriptRoot 'database.ps1')

$VolumeLabel = 'hpcwiz-sql'
$ComputerName = "$($Config.cluster)-DB"

# --- The data volume ---
# Moves the volume here, from a node that is gone or going.
function Connect-DataVolume([string] $Volume, [string] $Instance) {
    $place = @{Region = $Config.region}
    $found = (Get-EC2Volume -VolumeId $Volume @place).Attachments
    $other = @($found | Where-Object { $_.InstanceId -ne $Instance })
    if ($other.Count) {
        Dismount-EC2Volume -VolumeId $Volume -InstanceId $other[0].InstanceId @place | Out-Null
    }
    if ($other.Count -or -not @($found).Count) {
        Wait-For "volume $Volume to be free" 300 {
            (Get-EC2Volume -VolumeId $Volume @place).State.Value -eq 'available'
        } | Out-Null
        Add-EC2Volume -VolumeId $Volume -InstanceId $Instance -Device xvdf @place | Out-Null
    }
}

# The disk whose serial number is the volume's id: the order of disks says nothing.
function Get-DataDisk([string] $Volume) {
    $serial = $Volume.Replace('-', '')
    return Get-Disk | Where-Object { "$($_.SerialNumber)".StartsWith($serial) } | Select-Object -First 1
}

# Formats a disk only if it is raw and has no partition; otherwise its data is kept.
function Get-DataLetter($Disk) {
    if ($Disk.IsOffline) {
        Set-Disk -Number $Disk.Number -IsOffline $false
    }
    if ($Disk.IsReadOnly) {
        Set-Disk -Number $Disk.Number -IsReadOnly $false
    }
    if ($Disk.PartitionStyle -eq 'RAW' -and -not @(Get-Partition -DiskNumber $Disk.Number -ErrorAction SilentlyContinue).Count) {
        Write-Log "disk $($Disk.Number) is new: formatting it"
        Initialize-Disk -Number $Disk.Number -PartitionStyle GPT
        $new = New-Partition -DiskNumber $Disk.Number -UseMaximumSize -DriveLetter S
        [void]($new | Format-Volume -FileSystem NTFS -AllocationUnitSize 65536 -NewFileSystemLabel $VolumeLabel -Confirm:$false)
    }
    $partition = @(Get-Partition -DiskNumber $Disk.Number | Where-Object { $_.Type -eq 'Basic' -or $_.Type -eq 'IFS' })[0]
    if (-not [char]::IsLetter($partition.DriveLetter)) {
        $partition | Set-Partition -NewDriveLetter S
        return 'S'
    }
    return [string]$partition.DriveLetter
}

function Get-DataFolder {
    $disk = Get-DataDisk $Config.volume
    return "$(Get-DataLetter $disk):\SQL"
}

# SQL Server's own service identity needs full control, on files of an earlier instance too.
function Grant-DataFolder([string] $Folder) {
    [void][IO.Directory]::CreateDirectory($Folder)
    $acl = Get-Acl $Folder
    $rule = New-Object Security.AccessControl.FileSystemAccessRule 'NT SERVICE\MSSQLSERVER', 'FullControl', 'ContainerInherit,ObjectInherit', 'None', 'Allow'
    $acl.SetAccessRule($rule)
    Set-Acl -Path $Folder -AclObject $acl
    & icacls.exe "$Folder\*" /reset /t /c /q | Out-Null
}

# The nightly backup. An edition without SQL Server Agent (Express) has none, which is no failure.
function Register-Backup($Sql, [string] $Folder) {
    if (-not (Get-Service SQLSERVERAGENT -ErrorAction SilentlyContinue)) {
        Write-Log 'no SQL Server Agent: no nightly backup'
        return
    }
    [void][IO.Directory]::CreateDirectory("$Folder\Backup")
    Set-Service SQLSERVERAGENT -StartupType Automatic
    Start-Service SQLSERVERAGENT
    Invoke-SqlFile $Sql (Join-Path $PSScriptRoot 'sql\backup.sql')
}

# --- The stages, in order ---
Invoke-BootStage

Invoke-Stage volumes {
    if ($Config.attach -eq 'self') {
        Connect-DataVolume $Config.volume (Get-Metadata 'instance-id')
    }
    Wait-For "the disk of volume $($Config.volume)" 300 { Get-DataDisk $Config.volume } | Out-Null
    $folder = Get-DataFolder
    Grant-DataFolder $folder
    $folder
}

Invoke-Stage network {
    if ($Config.attach -eq 'manager') {
        Wait-For 'the second network interface' 300 {
            @(Get-NetAdapter | Where-Object { $_.Status -eq 'Up' }).Count -ge 2
        } | Out-Null
    }
    Open-Port 'hpcwiz-sql' 1433
    (Get-Metadata 'local-ipv4')
}

Invoke-DomainStage $ComputerName

Invoke-Stage sql-config {
    Start-Service MSSQLSERVER
    $sql = Wait-For 'SQL Server' 300 { Open-Sql 'localhost' }
    if ((Invoke-Sql $sql "SELECT IS_SRVROLEMEMBER('sysadmin')") -ne 1) {
        throw 'the account that installs is no sysadmin of SQL Server; use an image in which NT AUTHORITY\SYSTEM is one'
    }
    # Mixed mode only where the login is SQL Server's own and no domain account.
    $login = Get-Secret $Config.sqlUsernameName
    $windowsOnly = (Invoke-Sql $sql "SELECT CONVERT(int, SERVERPROPERTY('IsIntegratedSecurityOnly'))") -eq 1
    if ($login.Contains('\') -or -not $windowsOnly) {
        'authentication needs no change'
        return
    }
    [void](Invoke-Sql $sql "EXEC xp_instance_regwrite N'HKEY_LOCAL_MACHINE', N'Software\Microsoft\MSSQLServer\MSSQLServer', N'LoginMode', REG_DWORD, 2")
    Restart-Service MSSQLSERVER -Force
    'mixed mode switched on'
}

Invoke-Stage databases {
    $folder = Get-DataFolder
    $sql = Wait-For 'SQL Server' 300 { Open-Sql 'localhost' }
    Invoke-SqlFile $sql (Join-Path $PSScriptRoot 'sql\databases.sql') @{folder = $folder; version = [int]$Config.version}
    Register-Backup $sql $folder
    $count = Invoke-Sql $sql "SELECT COUNT(*) FROM sys.databases WHERE name LIKE N'HPC%' AND state = 0"
    "$count databases online in $folder"
}

Invoke-Stage logins {
    $sql = Wait-For 'SQL Server' 300 { Open-Sql 'localhost' }
    $file = Join-Path $PSScriptRoot 'sql\logins.sql'
    $account = Get-ServiceAccount
    Invoke-SqlFile $sql $file @{account = $account.UserName; installer = 1; password = ''}
    $login = Get-Secret $Config.sqlUsernameName
    $password = ''
    if (-not $login.Contains('\')) {
        $password = (New-Object Net.NetworkCredential '', (Get-SecretPassword $Config.sqlPasswordName)).Password
    }
    Invoke-SqlFile $sql $file @{account = $login; installer = 0; password = $password}
    "$($account.UserName), $login"
}

Invoke-SignalStage
