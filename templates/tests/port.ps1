# SPDX-License-Identifier: Apache-2.0
param([string]$Target, [int]$Port)
$client = New-Object Net.Sockets.TcpClient
try {
    if ($client.ConnectAsync($Target, $Port).Wait(5000)) { 'yes it is open' }
    else { 'no nothing answers within 5 seconds' }
}
catch { 'no ' + $_.Exception.GetBaseException().Message }
finally { $client.Close() }
