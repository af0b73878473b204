// SPDX-License-Identifier: Apache-2.0
// T-SQL in Microsoft's own parser, of each SQL Server that HPC Pack can use.
using System.Collections.Generic;
using System.IO;
using Microsoft.SqlServer.TransactSql.ScriptDom;

static class Sql
{
    static readonly (string Version, TSqlParser Parser)[] parsers =
    [
        ("2016", new TSql130Parser(true)), ("2017", new TSql140Parser(true)),
        ("2019", new TSql150Parser(true)), ("2022", new TSql160Parser(true)),
    ];

    public static IEnumerable<string> Problems(string name, string text)
    {
        foreach ((string version, TSqlParser parser) in parsers)
        {
            parser.Parse(new StringReader(text), out IList<ParseError> errors);
            foreach (ParseError error in errors)
                yield return $"{name}:{error.Line}:{error.Column}: SQL Server {version}: {error.Message}";
        }
    }
}
