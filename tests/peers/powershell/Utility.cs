// SPDX-License-Identifier: Apache-2.0
// The engine's package has the language and its core cmdlets, but not Microsoft.PowerShell.Utility:
// here is as much of that module as the scripts use, by its documented behaviour.
using System;
using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Security;
using System.Text.Json;

static class Utility
{
    static readonly (string Name, Type Type)[] cmdlets =
    [
        ("Select-Object", typeof(SelectObject)), ("Sort-Object", typeof(SortObject)),
        ("New-Object", typeof(NewObject)), ("Get-Date", typeof(GetDate)),
        ("New-TimeSpan", typeof(NewTimeSpan)), ("ConvertFrom-Json", typeof(ConvertFromJson)),
        ("ConvertTo-Json", typeof(ConvertToJson)), ("ConvertTo-SecureString", typeof(ConvertToSecureString)),
    ];

    public static void AddTo(InitialSessionState state)
    {
        foreach ((string name, Type type) in cmdlets)
            state.Commands.Add(new SessionStateCmdletEntry(name, type, null));
    }
}

[Cmdlet(VerbsCommon.Select, "Object")]
public class SelectObject : PSCmdlet
{
    [Parameter(ValueFromPipeline = true)] public PSObject? InputObject { get; set; }
    [Parameter] public int First { get; set; } = -1;
    [Parameter] public int Last { get; set; } = -1;
    [Parameter] public int Skip { get; set; }
    [Parameter] public string? ExpandProperty { get; set; }
    readonly List<PSObject> all = [];

    protected override void ProcessRecord()
    {
        if (InputObject != null)
            all.Add(InputObject);
    }

    protected override void EndProcessing()
    {
        IEnumerable<PSObject> chosen = all.Skip(Skip);
        if (First >= 0)
            chosen = chosen.Take(First);
        if (Last >= 0)
            chosen = chosen.TakeLast(Last);
        foreach (PSObject item in chosen)
            WriteObject(ExpandProperty == null ? item : item.Properties[ExpandProperty].Value);
    }
}

[Cmdlet("Sort", "Object")]
public class SortObject : PSCmdlet
{
    [Parameter(ValueFromPipeline = true)] public PSObject? InputObject { get; set; }
    [Parameter(Position = 0)] public object? Property { get; set; }
    [Parameter] public SwitchParameter Descending { get; set; }
    readonly List<PSObject> all = [];

    protected override void ProcessRecord()
    {
        if (InputObject != null)
            all.Add(InputObject);
    }

    object? Key(PSObject item) => (Property is PSObject o ? o.BaseObject : Property) switch
    {
        null => item.BaseObject,
        ScriptBlock block => block.InvokeWithContext(null, [new PSVariable("_", item)]).FirstOrDefault()?.BaseObject,
        object name => item.Properties[name.ToString()]?.Value,
    };

    protected override void EndProcessing()
    {
        Comparer<object?> order = Comparer<object?>.Create((a, b) => LanguagePrimitives.Compare(a, b, true));
        WriteObject(Descending ? all.OrderByDescending(Key, order) : all.OrderBy(Key, order), true);
    }
}

[Cmdlet(VerbsCommon.New, "Object")]
public class NewObject : PSCmdlet
{
    [Parameter(Position = 0, Mandatory = true)] public string TypeName { get; set; } = "";
    [Parameter(Position = 1)] public object[]? ArgumentList { get; set; }

    protected override void ProcessRecord()
    {
        Type type = (Type)LanguagePrimitives.ConvertTo(TypeName, typeof(Type));
        // The engine's own choice among the constructors.
        ScriptBlock make = ScriptBlock.Create("param($type, $with) ,$type::new.Invoke($with)");
        WriteObject(make.Invoke(type, ArgumentList ?? []).First());
    }
}

[Cmdlet(VerbsCommon.Get, "Date")]
public class GetDate : PSCmdlet
{
    protected override void ProcessRecord() => WriteObject(Windows.Clock.Now);
}

[Cmdlet(VerbsCommon.New, "TimeSpan")]
public class NewTimeSpan : PSCmdlet
{
    [Parameter] public int Hours { get; set; }
    [Parameter] public int Minutes { get; set; }
    protected override void ProcessRecord() => WriteObject(new TimeSpan(Hours, Minutes, 0));
}

[Cmdlet("ConvertFrom", "Json")]
public class ConvertFromJson : PSCmdlet
{
    [Parameter(Position = 0, ValueFromPipeline = true)] public string InputObject { get; set; } = "";

    protected override void ProcessRecord()
    {
        using JsonDocument document = JsonDocument.Parse(InputObject);
        WriteObject(Value(document.RootElement));
    }

    static object? Value(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                PSObject made = new();
                foreach (JsonProperty part in element.EnumerateObject())
                    made.Properties.Add(new PSNoteProperty(part.Name, Value(part.Value)));
                return made;
            case JsonValueKind.Array:
                return element.EnumerateArray().Select(Value).ToArray();
            case JsonValueKind.Number:
                return element.TryGetInt32(out int number) ? number : element.GetDouble();
            case JsonValueKind.String:
                return element.GetString();
            case JsonValueKind.Null:
                return null;
            default:
                return element.GetBoolean();
        }
    }
}

[Cmdlet("ConvertTo", "Json")]
public class ConvertToJson : PSCmdlet
{
    [Parameter(Position = 0, ValueFromPipeline = true)] public object? InputObject { get; set; }
    protected override void ProcessRecord() => WriteObject(JsonSerializer.Serialize(Plain(InputObject)));

    static object? Plain(object? value) => (value is PSObject wrapped ? wrapped.BaseObject : value) switch
    {
        System.Collections.IDictionary map => map.Keys.Cast<object>().ToDictionary(k => k.ToString()!, k => Plain(map[k])),
        object[] list => list.Select(Plain).ToArray(),
        object other => other,
        null => null,
    };
}

[Cmdlet("ConvertTo", "SecureString")]
public class ConvertToSecureString : PSCmdlet
{
    [Parameter(Position = 0, Mandatory = true)] public string String { get; set; } = "";
    [Parameter] public SwitchParameter AsPlainText { get; set; }
    [Parameter] public SwitchParameter Force { get; set; }

    protected override void ProcessRecord()
    {
        SecureString secret = new();
        foreach (char c in String)
            secret.AppendChar(c);
        WriteObject(secret);
    }
}
