# SPDX-License-Identifier: Apache-2.0
# Talks to SQL Server with the program's own identity, for SQL Server node and head node.
function Open-Sql([string] $Server, [string] $Database = 'master') {
    $text = New-Object Data.SqlClient.SqlConnectionStringBuilder
    $text['Data Source'] = $Server
    $text['Initial Catalog'] = $Database
    $text['Integrated Security'] = $true
    $text['Connect Timeout'] = 15
    $connection = New-Object Data.SqlClient.SqlConnection $text.ConnectionString
    $connection.Open()
    return $connection
}

# Runs one batch; values travel as parameters, never as text.
function Invoke-Sql($Connection, [string] $Text, [hashtable] $Values = @{}) {
    $command = $Connection.CreateCommand()
    $command.CommandText = $Text
    $command.CommandTimeout = 900
    foreach ($name in $Values.Keys) {
        [void]$command.Parameters.AddWithValue("@$name", $Values[$name])
    }
    return $command.ExecuteScalar()
}

# Runs a file batch by batch. It reads its values by SESSION_CONTEXT: none becomes a statement.
function Invoke-SqlFile($Connection, [string] $Path, [hashtable] $Values = @{}) {
    foreach ($name in $Values.Keys) {
        [void](Invoke-Sql $Connection 'EXEC sys.sp_set_session_context @key, @value' @{key = $name; value = $Values[$name]})
    }
    $batches = [regex]::Split([IO.File]::ReadAllText($Path), '(?im)^\s*GO\s*$')
    foreach ($batch in $batches) {
        if ($batch.Trim()) {
            [void](Invoke-Sql $Connection $batch)
        }
    }
}
