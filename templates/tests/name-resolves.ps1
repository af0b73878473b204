# SPDX-License-Identifier: Apache-2.0
param([string]$Name)
try { 'yes ' + ([Net.Dns]::GetHostAddresses($Name) -join ', ') }
catch { 'no ' + $_.Exception.GetBaseException().Message }
