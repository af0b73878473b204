// SPDX-License-Identifier: Apache-2.0
// The log follower as powershell.exe runs it: its encoded command in the real engine, its standard
// streams those of this process. The engine's package lacks the cmdlets of
// Microsoft.PowerShell.Management and .Utility: those that the follower needs stand below, over the
// engine's own providers. PowerShell here is 7, on Linux: what Windows PowerShell 5.1 and a file
// that is shared for deletion do is not proven.
using System;
using System.Globalization;
using System.Linq;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Management.Automation.Runspaces;
using System.Text;
using System.Threading;

static class Follow
{
    public static int Run(string[] arguments)
    {
        int at = Array.IndexOf(arguments, "-EncodedCommand") + 1;
        string script = Encoding.Unicode.GetString(Convert.FromBase64String(arguments[at]));
        InitialSessionState state = InitialSessionState.CreateDefault2();
        Utility.AddTo(state);
        state.Commands.Add(new SessionStateCmdletEntry("Get-ChildItem", typeof(GetChildItem), null));
        state.Commands.Add(new SessionStateCmdletEntry("Start-Sleep", typeof(StartSleep), null));
        ExitHost host = new();
        using Runspace runspace = RunspaceFactory.CreateRunspace(host, state);
        runspace.Open();
        using PowerShell shell = PowerShell.Create();
        shell.Runspace = runspace;
        try
        {
            shell.AddScript(script).Invoke();
        }
        catch (RuntimeException problem)
        {
            Console.Error.WriteLine($"{problem.Message} {problem.ErrorRecord.ScriptStackTrace}");
            return 1;
        }
        foreach (ErrorRecord problem in shell.Streams.Error)
            Console.Error.WriteLine(problem);
        return host.Code;
    }
}

// `exit 3` tells the host.
class ExitHost : PSHost
{
    public int Code;
    public override void SetShouldExit(int code) => Code = code;
    public override CultureInfo CurrentCulture => CultureInfo.InvariantCulture;
    public override CultureInfo CurrentUICulture => CultureInfo.InvariantCulture;
    public override Guid InstanceId { get; } = Guid.NewGuid();
    public override string Name => "follow";
    public override PSHostUserInterface? UI => null;
    public override Version Version => new(1, 0);
    public override void EnterNestedPrompt() => throw new NotSupportedException();
    public override void ExitNestedPrompt() => throw new NotSupportedException();
    public override void NotifyBeginApplication() { }
    public override void NotifyEndApplication() { }
}

[Cmdlet(VerbsCommon.Get, "ChildItem")]
public class GetChildItem : PSCmdlet
{
    [Parameter(Position = 0)] public string[] Path { get; set; } = ["."];
    [Parameter] public SwitchParameter File { get; set; }
    [Parameter] public SwitchParameter Force { get; set; }

    protected override void ProcessRecord()
    {
        foreach (string path in Path)
        {
            try
            {
                foreach (PSObject item in InvokeProvider.ChildItem.Get([path], false, Force, false))
                    if (!File || item.BaseObject is System.IO.FileInfo)
                        WriteObject(item);
            }
            catch (ItemNotFoundException problem)
            {
                WriteError(problem.ErrorRecord);
            }
        }
    }
}

[Cmdlet("Start", "Sleep")]
public class StartSleep : PSCmdlet
{
    [Parameter] [Alias("m")] public int Milliseconds { get; set; }
    protected override void ProcessRecord() => Thread.Sleep(Milliseconds);
}
