// SPDX-License-Identifier: Apache-2.0
// The statements that a T-SQL file puts together and runs: each way through the file is followed,
// and what comes out has to pass the parser with the values in it as values, not as statements.
using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using Microsoft.SqlServer.TransactSql.ScriptDom;
using Values = System.Collections.Immutable.ImmutableDictionary<string, string>;

class Dynamic
{
    // Legal, and as hostile as a login, a password and a folder can be.
    static readonly Dictionary<string, string[]> sessions = new()
    {
        ["account"] = [@"CORP\o'neil]x; --", "sa']--"],
        ["password"] = ["p'w]\"; DROP LOGIN sa; --"],
        ["folder"] = [@"S:\it's ]here"],
        ["installer"] = ["1"],
        ["version"] = ["2019"],
    };

    readonly Values session;
    readonly HashSet<string> ran = [];

    Dynamic(Values session) => this.session = session;

    public static IEnumerable<string> Problems(string path, string text)
    {
        TSqlScript script = (TSqlScript)new TSql130Parser(true).Parse(new StringReader(text), out _);
        int count = 0;
        foreach (string account in sessions["account"])
        {
            Values session = sessions.ToImmutableDictionary(p => p.Key, p => p.Value[0]).SetItem("account", account);
            Dynamic run = new(session);
            foreach (TSqlBatch batch in script.Batches)
                run.All(batch.Statements, [Values.Empty.WithComparers(StringComparer.OrdinalIgnoreCase)]);
            count += run.ran.Count;
            foreach (string problem in run.ran.SelectMany(made => Sql.Problems($"{path} makes '{made}'", made).Concat(run.Misread(made))))
                yield return problem;
        }
        if (count == 0)
            yield return $"{path}: nothing of it was run";
    }

    // Each value that stands in the text at all has to be one token's whole value, or begin it.
    IEnumerable<string> Misread(string made)
    {
        Tokens tokens = new();
        new TSql130Parser(true).Parse(new StringReader(made), out _)?.Accept(tokens);
        foreach (string key in new[] { "account", "password", "folder" })
        {
            string value = session[key], start = value[..4];
            if (made.Contains(start) && !tokens.Values.Any(t => t.StartsWith(value, StringComparison.Ordinal)))
                yield return $"the {key} is not read as one in: {made}";
        }
    }

    class Tokens : TSqlFragmentVisitor
    {
        public readonly List<string> Values = [];
        public override void Visit(Identifier node) => Values.Add(node.Value);
        public override void Visit(StringLiteral node) => Values.Add(node.Value);
    }

    List<Values> All(IEnumerable<TSqlStatement> statements, List<Values> ways) =>
        statements.Aggregate(ways, (now, statement) => now.SelectMany(w => One(statement, w)).ToList());

    IEnumerable<Values> One(TSqlStatement statement, Values now)
    {
        switch (statement)
        {
            case DeclareVariableStatement declared:
                return [declared.Declarations.Aggregate(now, (n, d) => n.SetItem(d.VariableName.Value, d.Value == null ? "" : Text(d.Value, n)))];
            case SetVariableStatement set when set.Expression != null:
                string before = set.AssignmentKind == AssignmentKind.AddEquals ? now[set.Variable.Name] : "";
                return [now.SetItem(set.Variable.Name, before + Text(set.Expression, now))];
            case IfStatement choice:
                return One(choice.ThenStatement, now).Concat(choice.ElseStatement == null ? [now] : One(choice.ElseStatement, now));
            case WhileStatement loop:
                return One(loop.Statement, now);
            case BeginEndBlockStatement block:
                return All(block.StatementList.Statements, [now]);
            case FetchCursorStatement fetch:
                return [fetch.IntoVariables.Aggregate(now, (n, v) => n.SetItem(v.Name, v.Name == "@name" ? "HPCManagement" : "64"))];
            case ExecuteStatement execute:
                Execute(execute.ExecuteSpecification.ExecutableEntity, now);
                break;
        }
        return [now];
    }

    void Execute(ExecutableEntity what, Values now)
    {
        if (what is ExecutableStringList list)
            ran.Add(string.Concat(list.Strings.Select(s => Text(s, now))));
        if (what is not ExecutableProcedureReference call)
            return;
        string name = call.ProcedureReference.ProcedureReference.Name.BaseIdentifier.Value;
        ExecuteParameter? text = name switch
        {
            "sp_executesql" => call.Parameters[0],
            "sp_add_jobstep" => call.Parameters.First(p => p.Variable.Name == "@command"),
            _ => null,
        };
        if (text != null)
            ran.Add(Text(text.ParameterValue, now));
    }

    string Text(ScalarExpression node, Values now) => node switch
    {
        Literal literal => literal.Value,
        VariableReference variable => now.GetValueOrDefault(variable.Name, ""),
        BinaryExpression sum when sum.BinaryExpressionType == BinaryExpressionType.Add => Text(sum.FirstExpression, now) + Text(sum.SecondExpression, now),
        ConvertCall convert => Text(convert.Parameter, now),
        FunctionCall call => Function(call.FunctionName.Value.ToUpperInvariant(), call.Parameters.Select(p => Text(p, now)).ToArray()),
        _ => "",
    };

    string Function(string name, string[] given) => name switch
    {
        "QUOTENAME" => "[" + given[0].Replace("]", "]]") + "]",
        "REPLACE" => given[0].Replace(given[1], given[2]),
        "SESSION_CONTEXT" => session[given[0]],
        _ => "",
    };
}
