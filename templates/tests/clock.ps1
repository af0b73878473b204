# SPDX-License-Identifier: Apache-2.0
param([string]$Server)
$said = (w32tm.exe /stripchart "/computer:$Server" /samples:1 /dataonly) -join ' '
if ($said -notmatch '([+-]\d+)[.,](\d+)s') { "unknown $Server tells no time"; return }
$seconds = [double]::Parse($Matches[1] + '.' + $Matches[2], [cultureinfo]::InvariantCulture)
$words = [string]::Format([cultureinfo]::InvariantCulture, '{0:0.0} seconds apart', $seconds)
if ([math]::Abs($seconds) -lt 300) { "yes $words" } else { "no $words" }
