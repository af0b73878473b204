# SPDX-License-Identifier: Apache-2.0
param([string]$Name)
$found = @(Get-ChildItem Cert:\LocalMachine\My | Where-Object {
    $_.Thumbprint -eq $Name -or $_.FriendlyName -eq $Name -or $_.Subject -eq "CN=$Name"
} | Sort-Object NotAfter -Descending)
if ($found.Count -eq 0) { 'no it is not in LocalMachine\My'; return }
$words = '{0}, until {1:yyyy-MM-dd}' -f $found[0].Thumbprint, $found[0].NotAfter
if ($found[0].NotAfter -lt (Get-Date)) { "no it has expired: $words" }
elseif (-not $found[0].HasPrivateKey) { "no its private key is not there: $words" }
else { "yes $words" }
