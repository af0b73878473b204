# SPDX-License-Identifier: Apache-2.0
# Installs the SQL Server node. Runs again after each restart and goes on where it stopped.
# Windows PowerShell 5.1, ASCII.
. (Join-Path $PSScriptRoot 'lib.ps1')
. (Join-Path $PSScriptRoot 'database.ps1')
trap { Stop-WithFailure $StageName $_ }

$ComputerName = "$($Config.cluster)-DB"

# --- The data volume ---
# Moves the volume here, from a node that is gone or going.
function Connect-DataVolume([string] $Volume, [string] $Instance) {
    $found = (Get-EC2Volume -VolumeId $Volume).Attachments
    $other = @($found | Where-Object { $_.InstanceId -ne $Instance })
    if ($other.Count) {
        Dismount-EC2Volume -VolumeId $Volume -InstanceId $other[0].InstanceId | Out-Null
    }
    if ($other.Count -or -not @($found).Count) {
        Wait-For "volume $Volume to be free" 300 {
            (Get-EC2Volume -VolumeId $Volume).State.Value -eq 'available'
        } | Out-Null
        Add-EC2Volume -VolumeId $Volume -InstanceId $Instance -Device xvdf | Out-Null
    }
}

# The disk whose serial number is the volume's id: the order of disks says nothing.
function Get-DataDisk([string] $Volume) {
    $serial = $Volume.Replace('-', '')
    return Get-Disk | Where-Object { "$($_.SerialNumber)".StartsWith($serial) } | Select-Object -First 1
}

function Enable-DataDisk {
    $disk = Get-DataDisk $Config.volume
    if ($disk.IsOffline) {
        Set-Disk -Number $disk.Number -IsOffline $false
    }
    if ($disk.IsReadOnly) {
        Set-Disk -Number $disk.Number -IsReadOnly $false
    }
    return Get-DataDisk $Config.volume
}

# The data partition. Only a disk that is raw and has no partition is formatted; the note lets the
# next run end what a restart has cut off. Everything else keeps its data.
function Get-DataPartition($Disk, [string] $Label) {
    $note = "$StateFolder\formatting"
    if ($Disk.PartitionStyle -eq 'RAW' -and -not @(Get-Partition -DiskNumber $Disk.Number -ErrorAction Ignore).Count) {
        Write-Log "disk $($Disk.Number) is new: formatting it"
        [IO.File]::WriteAllText($note, $Config.volume)
        Initialize-Disk -Number $Disk.Number -PartitionStyle GPT
    }
    $ours = (Test-Path $note) -and [IO.File]::ReadAllText($note) -eq $Config.volume
    $partition = @(Get-Partition -DiskNumber $Disk.Number -ErrorAction Ignore | Where-Object { $_.Type -eq 'Basic' -or $_.Type -eq 'IFS' })
    if (-not $partition.Count -and -not $ours) {
        throw "disk $($Disk.Number) is not raw but has no data partition: it is left as it is"
    }
    if (-not $partition.Count) {
        $partition = @(New-Partition -DiskNumber $Disk.Number -UseMaximumSize)
    }
    if ($ours) {
        [void]($partition[0] | Format-Volume -FileSystem NTFS -AllocationUnitSize 65536 -NewFileSystemLabel $Label -Confirm:$false)
        Remove-Item $note
    }
    return $partition[0]
}

function Get-VolumeTag([string] $Name, [string] $Otherwise) {
    $found = @((Get-EC2Volume -VolumeId $Config.volume).Tags | Where-Object { $_.Key -eq $Name } | ForEach-Object { $_.Value })
    return @($found + $Otherwise)[0]
}

# The volume's tags say its letter and, when it is new, its label.
function Get-DataFolder {
    $letter = Get-VolumeTag 'DriveLetter' 'S'
    $partition = Get-DataPartition (Enable-DataDisk) (Get-VolumeTag 'SystemLabel' 'hpcwiz-sql')
    if ([string]$partition.DriveLetter -ne $letter) {
        $partition | Set-Partition -NewDriveLetter $letter
    }
    return "${letter}:\SQL"
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

# What has to change in the instance's part of the registry; each says what it did, if anything.
$Instance = "N'HKEY_LOCAL_MACHINE', N'Software\Microsoft\MSSQLServer\MSSQLServer"

# The head node comes by TCP, which some editions have switched off.
function Enable-SqlNetwork($Sql) {
    $tcp = "$Instance\SuperSocketNetLib\Tcp"
    if ((Invoke-Sql $Sql "DECLARE @on int; EXEC master.dbo.xp_instance_regread $tcp', N'Enabled', @on OUTPUT; SELECT @on") -ne 1) {
        [void](Invoke-Sql $Sql "EXEC master.dbo.xp_instance_regwrite $tcp', N'Enabled', REG_DWORD, 1")
        [void](Invoke-Sql $Sql "EXEC master.dbo.xp_instance_regwrite $tcp\IPAll', N'TcpPort', REG_SZ, N'1433'")
        'TCP switched on'
    }
}

# Mixed mode only where the login is SQL Server's own and no domain account.
function Enable-SqlLogins($Sql) {
    $windowsOnly = (Invoke-Sql $Sql "SELECT CONVERT(int, SERVERPROPERTY('IsIntegratedSecurityOnly'))") -eq 1
    if ($windowsOnly -and -not (Get-Secret $Config.sqlUsernameName).Contains('\')) {
        [void](Invoke-Sql $Sql "EXEC master.dbo.xp_instance_regwrite $Instance', N'LoginMode', REG_DWORD, 2")
        'mixed mode switched on'
    }
}

# The nightly backup. An edition without SQL Server Agent (Express) has none, which is no failure.
function Register-Backup($Sql, [string] $Folder) {
    if (-not (Get-Service SQLSERVERAGENT -ErrorAction Ignore)) {
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
    Open-Port 'hpcwiz-sql' 1433
    Wait-KeptAddress
}

Invoke-DomainStage { $ComputerName }

Invoke-Stage sql-config {
    Start-Service MSSQLSERVER
    $sql = Wait-For 'SQL Server' 300 { Open-Sql 'localhost' }
    if ((Invoke-Sql $sql "SELECT IS_SRVROLEMEMBER('sysadmin')") -ne 1) {
        throw 'the account that installs is no sysadmin of SQL Server; use an image in which NT AUTHORITY\SYSTEM is one'
    }
    $changes = @(Enable-SqlNetwork $sql; Enable-SqlLogins $sql)
    if (-not $changes.Count) {
        'network and authentication need no change'
        return
    }
    Restart-Service MSSQLSERVER -Force
    $changes -join ', '
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
