// SPDX-License-Identifier: Apache-2.0
// Slips that a parser lets pass and a run may not meet: commands and parameters that do not exist,
// variables that are read but never set, or set but never read.
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Management.Automation;
using System.Management.Automation.Language;

static class Words
{
    // about_Automatic_Variables and about_Preference_Variables.
    static readonly HashSet<string> automatic = new(StringComparer.OrdinalIgnoreCase)
    {
        "_", "args", "true", "false", "null", "PSScriptRoot", "PSCommandPath", "Matches", "LASTEXITCODE",
        "ErrorActionPreference", "ProgressPreference", "PSDefaultParameterValues",
    };

    // What only counts by being there: it holds a file open.
    static readonly HashSet<string> held = new(StringComparer.OrdinalIgnoreCase) { "Lock" };

    // The files of one folder run together.
    public static IEnumerable<string> Problems(string folder, Func<string, CommandInfo?> find)
    {
        List<Ast> scripts = Directory.GetFiles(folder, "*.ps1")
            .Select(path => (Ast)Parser.ParseInput(File.ReadAllText(path), path, out _, out _)).ToList();
        List<Ast> all = scripts.SelectMany(s => s.FindAll(_ => true, true)).ToList();
        Dictionary<string, FunctionDefinitionAst> own = all.OfType<FunctionDefinitionAst>()
            .ToDictionary(f => f.Name, f => f, StringComparer.OrdinalIgnoreCase);
        return Commands(all, own, find).Concat(Variables(all)).Concat(Unused(all, own));
    }

    static string At(Ast node, string what) =>
        $"{Path.GetFileName(Path.GetDirectoryName(node.Extent.File))}/{Path.GetFileName(node.Extent.File)}:{node.Extent.StartLineNumber}: {what}";

    static IEnumerable<string> Commands(List<Ast> all, Dictionary<string, FunctionDefinitionAst> own, Func<string, CommandInfo?> find)
    {
        foreach (CommandAst command in all.OfType<CommandAst>())
        {
            if (command.GetCommandName() is not string name || name.Contains('\\'))
                continue;
            string[]? known = own.TryGetValue(name, out FunctionDefinitionAst? function)
                ? Parameters(function)
                : find(name)?.Parameters?.Keys.ToArray();
            if (known == null && !name.EndsWith(".exe", StringComparison.OrdinalIgnoreCase))
                yield return At(command, $"there is no command '{name}'");
            foreach (CommandParameterAst given in command.CommandElements.OfType<CommandParameterAst>())
            {
                if (known != null && !known.Contains(given.ParameterName, StringComparer.OrdinalIgnoreCase))
                    yield return At(command, $"{name} has no parameter '-{given.ParameterName}'");
            }
        }
    }

    static string[] Parameters(FunctionDefinitionAst function) =>
        (function.Parameters ?? function.Body.ParamBlock?.Parameters)?.Select(p => p.Name.VariablePath.UserPath).ToArray() ?? [];

    static string? Name(VariableExpressionAst variable)
    {
        string path = variable.VariablePath.UserPath;
        return variable.VariablePath.IsDriveQualified ? null : path[(path.IndexOf(':') + 1)..];
    }

    static IEnumerable<string> Variables(List<Ast> all)
    {
        HashSet<string> set = new(automatic, StringComparer.OrdinalIgnoreCase);
        HashSet<string> read = new(held, StringComparer.OrdinalIgnoreCase);
        Dictionary<string, Ast> first = new(StringComparer.OrdinalIgnoreCase);
        foreach (VariableExpressionAst variable in all.OfType<VariableExpressionAst>())
        {
            if (Name(variable) is not string name)
                continue;
            first.TryAdd(name, variable);
            (IsSet(variable) ? set : read).Add(name);
        }
        return read.Except(set, StringComparer.OrdinalIgnoreCase).Where(first.ContainsKey).Select(n => At(first[n], $"${n} is never set"))
            .Concat(set.Except(automatic, StringComparer.OrdinalIgnoreCase).Except(read, StringComparer.OrdinalIgnoreCase)
                .Select(n => At(first[n], $"${n} is never read")));
    }

    static bool IsSet(VariableExpressionAst variable)
    {
        Ast place = variable;
        while (place.Parent is ArrayLiteralAst or ConvertExpressionAst or AttributedExpressionAst)
            place = place.Parent;
        return place.Parent switch
        {
            AssignmentStatementAst assignment => assignment.Left == place,
            ForEachStatementAst loop => loop.Variable == variable,
            ParameterAst parameter => parameter.Name == variable,
            _ => false,
        };
    }

    // A function that nobody calls is dead weight in a template.
    static IEnumerable<string> Unused(List<Ast> all, Dictionary<string, FunctionDefinitionAst> own)
    {
        HashSet<string> called = new(all.OfType<CommandAst>().Select(c => c.GetCommandName() ?? ""), StringComparer.OrdinalIgnoreCase);
        return own.Values.Where(f => !called.Contains(f.Name) && Path.GetFileName(f.Extent.File) is not ("lib.ps1" or "hpc.ps1"))
            .Select(f => At(f, $"nobody calls {f.Name}"));
    }
}
