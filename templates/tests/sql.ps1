# SPDX-License-Identifier: Apache-2.0
# The first message of the protocol (MS-TDS 2.2.6.5, PRELOGIN) and the server's answer: no login,
# so that no failed one stands in the error log.
param([string]$Target)
$client = New-Object Net.Sockets.TcpClient
try {
    if (-not $client.ConnectAsync($Target, 1433).Wait(5000)) {
        'no port 1433 does not answer within 5 seconds'
        return
    }
    $stream = $client.GetStream()
    $stream.ReadTimeout = 5000
    [byte[]]$hello = 0x12, 1, 0, 26, 0, 0, 1, 0, 0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xFF, 0, 0, 0, 0, 0, 0, 2
    $stream.Write($hello, 0, $hello.Length)
    $reply = New-Object byte[] 512
    $n = $stream.Read($reply, 0, $reply.Length)
    if ($n -gt 12 -and $reply[0] -eq 4) {
        $at = 8 + 256 * $reply[9] + $reply[10]
        'yes version {0}.{1}.{2}' -f $reply[$at], $reply[$at + 1], (256 * $reply[$at + 2] + $reply[$at + 3])
    }
    else { 'no what listens on port 1433 is no SQL Server' }
}
catch { 'no ' + $_.Exception.GetBaseException().Message }
finally { $client.Close() }
