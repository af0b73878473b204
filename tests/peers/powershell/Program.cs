// SPDX-License-Identifier: Apache-2.0
// The generated scripts in the real PowerShell engine.
//   proof parse FILE...               their syntax, and that Windows PowerShell 5.1 knows all of it
//   proof sql FILE...                 T-SQL, and what it makes (Dynamic.cs), in the parsers of SQL
//                                     Server 2016 and later
//   proof run WINDOWS.PSM1 CASE.PS1   the cases on a simulated Windows (Windows.cs, windows.psm1) of
//                                     the scripts below HPCWIZ_SCRIPTS, and their words (Words.cs)
//   proof script FILE                 runs it as it is, on this machine's own files
//   proof follow -EncodedCommand X    what powershell.exe does with that: the log follower
//                                     (Follow.cs), on the files of this machine
// Prints what is wrong, a line each; exit status 1 if anything is.
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Management.Automation.Runspaces;

static class Program
{
    static int Main(string[] args)
    {
        if (args.Length >= 2 && args[0] == "parse")
            return Report(args.Skip(1).SelectMany(Problems));
        if (args.Length >= 2 && args[0] == "sql")
            return Report(args.Skip(1).SelectMany(path => Sql.Problems(path, File.ReadAllText(path)).Concat(Dynamic.Problems(path, File.ReadAllText(path)))));
        if (args.Length == 2 && args[0] == "script")
            return Report(Run(args[1]));
        if (args.Length == 3 && args[0] == "run")
            return Report(Play(args[1], args[2]));
        if (args.Length >= 2 && args[0] == "follow")
            return Follow.Run(args.Skip(1).ToArray());
        Console.Error.WriteLine("usage: proof parse FILE... | proof sql FILE... | proof script FILE | proof run WINDOWS.PSM1 CASE.PS1 | proof follow -EncodedCommand X");
        return 2;
    }

    static int Report(IEnumerable<string> problems)
    {
        int count = 0;
        foreach (string problem in problems)
        {
            Console.WriteLine(problem);
            count++;
        }
        return count == 0 ? 0 : 1;
    }

    static IEnumerable<string> Problems(string path)
    {
        string text = File.ReadAllText(path);
        Ast script = Parser.ParseInput(text, path, out Token[] tokens, out ParseError[] errors);
        foreach (ParseError error in errors)
            yield return At(path, error.Extent, error.Message);
        foreach (Token token in tokens.Where(IsNew))
            yield return At(path, token.Extent, $"Windows PowerShell 5.1 has no '{token.Text}'");
        foreach (Ast node in script.FindAll(IsNew, true))
            yield return At(path, node.Extent, "Windows PowerShell 5.1 does not know this form");
        for (int i = 0; i < text.Length; i++)
        {
            // Without a byte order mark 5.1 reads a file in the machine's code page.
            if (text[i] > '~' || (text[i] < ' ' && text[i] != '\n' && text[i] != '\r'))
                yield return $"{path}:{text.Take(i).Count(c => c == '\n') + 1}: not plain ASCII";
        }
    }

    static string At(string path, IScriptExtent where, string what) =>
        $"{path}:{where.StartLineNumber}:{where.StartColumnNumber}: {what}";

    static bool IsNew(Token token) =>
        token.Kind is TokenKind.AndAnd or TokenKind.OrOr or TokenKind.QuestionQuestion
            or TokenKind.QuestionQuestionEquals or TokenKind.QuestionDot or TokenKind.QuestionLBracket
            or TokenKind.QuestionMark or TokenKind.Clean;

    // Parameters and cmdlets that came with PowerShell 6 and 7 (Microsoft Learn, "Differences
    // between Windows PowerShell 5.1 and PowerShell 7.x").
    static readonly Dictionary<string, string[]> NewParameters = new(StringComparer.OrdinalIgnoreCase)
    {
        ["ForEach-Object"] = ["Parallel", "ThrottleLimit", "AsJob", "TimeoutSeconds"],
        ["ConvertFrom-Json"] = ["AsHashtable", "Depth", "NoEnumerate", "DateKind"],
        ["ConvertTo-Json"] = ["AsArray", "EnumsAsStrings", "EscapeHandling"],
        ["Invoke-RestMethod"] = ["SkipCertificateCheck", "Form", "MaximumRetryCount", "RetryIntervalSec",
            "Authentication", "Token", "NoProxy", "SkipHttpErrorCheck", "StatusCodeVariable"],
        ["Get-ChildItem"] = ["FollowSymlink"],
        ["Join-Path"] = ["Extension"],
        ["Split-Path"] = ["LeafBase", "Extension"],
        ["Start-Sleep"] = ["Duration"],
        ["Join-String"] = ["*"],
        ["Get-Uptime"] = ["*"],
        ["Test-Json"] = ["*"],
        ["Remove-Service"] = ["*"],
        ["Get-Error"] = ["*"],
    };

    static bool IsNew(Ast node) => node switch
    {
        TernaryExpressionAst or PipelineChainAst => true,
        CommandAst command => UsesNewParameter(command),
        ParamBlockAst or _ => false,
    };

    static bool UsesNewParameter(CommandAst command)
    {
        if (command.GetCommandName() is not string name || !NewParameters.TryGetValue(name, out string[]? known))
            return false;
        return known.Contains("*") || command.CommandElements.OfType<CommandParameterAst>()
            .Any(p => known.Contains(p.ParameterName, StringComparer.OrdinalIgnoreCase));
    }

    // The engine alone has no Get-ChildItem.
    const string List = """
        function Get-ChildItem($Path, [switch] $File, [switch] $Force, $ErrorAction) {
            foreach ($one in $Path) {
                [IO.DirectoryInfo]::new([IO.Path]::GetDirectoryName($one)).GetFiles([IO.Path]::GetFileName($one))
            }
        }

        """;

    static IEnumerable<string> Run(string path)
    {
        InitialSessionState state = InitialSessionState.CreateDefault2();
        Utility.AddTo(state);
        using Runspace runspace = RunspaceFactory.CreateRunspace(state);
        runspace.Open();
        using PowerShell shell = PowerShell.Create();
        shell.Runspace = runspace;
        List<string> problems = [];
        try
        {
            problems.AddRange(shell.AddScript(List + File.ReadAllText(path)).Invoke().Select(o => $"written beside the frames: {o}"));
        }
        catch (RuntimeException problem)
        {
            problems.Add($"{path}: {problem.Message} {problem.ErrorRecord.ScriptStackTrace}");
        }
        return problems.Concat(shell.Streams.Error.Select(e => $"{path}: {e} {e.ScriptStackTrace}"));
    }

    static IEnumerable<string> Play(string windows, string path)
    {
        InitialSessionState state = InitialSessionState.CreateDefault2();
        Utility.AddTo(state);
        // Other programs, called by their full paths.
        state.Commands.Add(new SessionStateAliasEntry(@"C:\Program Files\Amazon\EC2Launch\EC2Launch.exe", "EC2Launch"));
        state.Commands.Add(new SessionStateAliasEntry(
            @"C:\Program Files\Amazon\AmazonCloudWatchAgent\amazon-cloudwatch-agent-ctl.ps1", "amazon-cloudwatch-agent-ctl"));
        using Runspace runspace = RunspaceFactory.CreateRunspace(state);
        runspace.Open();
        using PowerShell shell = PowerShell.Create();
        shell.Runspace = runspace;
        shell.AddScript("param($Windows) Microsoft.PowerShell.Core\\Import-Module $Windows -Global -DisableNameChecking").AddArgument(Path.GetFullPath(windows)).Invoke();
        shell.Commands.Clear();
        shell.AddScript("param($Windows, $Case) Microsoft.PowerShell.Core\\Import-Module $Windows -Global -DisableNameChecking; & $Case")
            .AddArgument(Path.GetFullPath(windows)).AddArgument(Path.GetFullPath(path));
        List<string> problems = [];
        string scripts = System.Environment.GetEnvironmentVariable("HPCWIZ_SCRIPTS") ?? "";
        foreach (string folder in Directory.GetFiles(scripts, "*.ps1", SearchOption.AllDirectories).Select(f => Path.GetDirectoryName(f)!).Distinct())
            problems.AddRange(Words.Problems(folder, name => runspace.SessionStateProxy.InvokeCommand.GetCommand(name, CommandTypes.All)));
        try
        {
            problems.AddRange(shell.Invoke().Select(o => o?.ToString() ?? ""));
        }
        catch (RuntimeException problem)
        {
            problems.Add($"{path}: {problem.Message} {problem.ErrorRecord.ScriptStackTrace}");
        }
        problems.AddRange(Windows.SqlServer.Everything.Distinct().SelectMany(s => Sql.Problems(s, s)));
        if (System.Environment.GetEnvironmentVariable("HPCWIZ_CALLS") is string calls)
            File.WriteAllLines(calls, Windows.Aws.Calls);
        problems.AddRange(shell.Streams.Error.Select(e => $"{path}: {e} {e.ScriptStackTrace}"));
        return problems;
    }
}
