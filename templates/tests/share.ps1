# SPDX-License-Identifier: Apache-2.0
# Who asks from here is no member of the domain: a share that refuses may well let the node in.
param([string]$Share)
$server = $Share.TrimStart('\').Split('\')[0]
$client = New-Object Net.Sockets.TcpClient
try {
    if (-not $client.ConnectAsync($server, 445).Wait(5000)) {
        'no port 445 does not answer within 5 seconds'
        return
    }
}
catch {
    'no ' + $_.Exception.GetBaseException().Message
    return
}
finally { $client.Close() }
try {
    $first = @([IO.Directory]::GetFileSystemEntries($Share))
    "yes it has $($first.Count) entries"
}
catch [UnauthorizedAccessException] { "unknown $server answers, but shows this session nothing" }
catch { "unknown $server answers: " + $_.Exception.GetBaseException().Message }
