// SPDX-License-Identifier: Apache-2.0
// What the scripts reach of Windows by .NET alone, where that part of .NET does not exist here. The
// scripts run as generated but for the names of these types (Scripts.Adapt).
using System;
using System.Collections;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;

namespace Windows;

// A tree of files by Windows path, without regard to case, that survives "restarts".
public static class Disk
{
    static readonly SortedDictionary<string, byte[]> files = new(StringComparer.OrdinalIgnoreCase);
    static readonly SortedDictionary<string, DateTime> folders = new(StringComparer.OrdinalIgnoreCase);

    public static void Clear() { files.Clear(); folders.Clear(); }

    public static string Name(string path)
    {
        string name = path.Replace('/', '\\');
        string head = name.StartsWith(@"\\") ? @"\" : "";
        while (name.Contains(@"\\"))
            name = name.Replace(@"\\", @"\");
        return head + name.TrimEnd('\\');
    }

    public static bool Has(string path) => IsFile(path) || IsFolder(path);
    public static bool IsFile(string path) => files.ContainsKey(Name(path));

    public static bool IsFolder(string path)
    {
        string prefix = Name(path) + @"\";
        return folders.ContainsKey(Name(path)) || files.Keys.Any(f => f.StartsWith(prefix, StringComparison.OrdinalIgnoreCase));
    }

    public static byte[] Read(string path) =>
        files.TryGetValue(Name(path), out byte[]? bytes) ? bytes : throw new FileNotFoundException($"Could not find file '{path}'.");

    public static void Write(string path, byte[] bytes)
    {
        files[Name(path)] = bytes;
        folders[Name(path)] = Clock.Now;
    }

    public static void MakeFolder(string path) => folders.TryAdd(Name(path), Clock.Now);
    public static DateTime Written(string path) => folders.TryGetValue(Name(path), out DateTime when) ? when : Clock.Now;

    public static void Remove(string path)
    {
        if (!Has(path))
            throw new FileNotFoundException($"Cannot find path '{path}' because it does not exist.");
        string prefix = Name(path) + @"\";
        foreach (string name in files.Keys.Concat(folders.Keys).ToArray())
        {
            if (!name.Equals(Name(path), StringComparison.OrdinalIgnoreCase) &&
                !name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
                continue;
            files.Remove(name);
            folders.Remove(name);
        }
    }

    public static string[] Below(string path)
    {
        string prefix = Name(path) + @"\";
        return files.Keys.Where(f => f.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)).ToArray();
    }

    public static string[] Everything() => files.Values.Select(b => Encoding.UTF8.GetString(b)).ToArray();
}

public static class File
{
    public static string ReadAllText(string path) => Encoding.UTF8.GetString(Disk.Read(path));
    public static byte[] ReadAllBytes(string path) => Disk.Read(path);
    public static void WriteAllBytes(string path, byte[] bytes) => Disk.Write(path, bytes);
    public static bool Held; // by another process

    public static object Open(string path, string mode, string access, string share)
    {
        if (Held)
            throw new IOException($"The process cannot access the file '{path}' because it is being used by another process.");
        Disk.Write(path, []);
        return path;
    }

    public static void WriteAllText(string path, string text) => Disk.Write(path, Encoding.UTF8.GetBytes(text));

    public static void AppendAllText(string path, string text, Encoding encoding)
    {
        byte[] old = Disk.IsFile(path) ? Disk.Read(path) : [];
        Disk.Write(path, [.. old, .. encoding.GetBytes(text)]);
    }
}

public static class Directory
{
    public static string CreateDirectory(string path)
    {
        Disk.MakeFolder(path);
        return path;
    }
}

// Time goes on only where a script waits, so that no wait takes any.
public static class Clock
{
    static readonly DateTime begin = new(2026, 11, 22, 20, 0, 0, DateTimeKind.Utc);
    static double seconds;
    public static DateTime Now => begin.AddSeconds(seconds);
    public static void Pass(double more) => seconds += more;
    public static void Reset() => seconds = 0;
}

public class Stopwatch
{
    readonly DateTime begin = Clock.Now;
    public static Stopwatch StartNew() => new();
    public TimeSpan Elapsed { get { Clock.Pass(0.01); return Clock.Now - begin; } }
}

public static class Environment
{
    public static readonly Dictionary<string, string> Machine = new(StringComparer.OrdinalIgnoreCase);

    public static string? GetEnvironmentVariable(string name, string target) =>
        target == "Machine" ? Machine.GetValueOrDefault(name) : System.Environment.GetEnvironmentVariable(name);

    public static void SetEnvironmentVariable(string name, string value, string target)
    {
        if (target == "Machine")
            Machine[name] = value;
        else
            System.Environment.SetEnvironmentVariable(name, value);
    }
}

public class Identity
{
    public static string Current = @"NT AUTHORITY\SYSTEM";
    public string Name => Current;
    public static Identity GetCurrent() => new();
}

// A certificate: what HPC Pack's set-up looks at.
public class Certificate
{
    public string Subject = "", FriendlyName = "", Thumbprint = "", KeySpec = "None", Provider = "";
    public bool HasPrivateKey = true, Exportable;
    public string[] Usages = [], Extensions = [];
    public DateTime NotAfter;
    public byte[] RawData = [];
    public Certificate PrivateKey => this; // of a provider of CryptoAPI, not CNG
    public Certificate CspKeyContainerInfo => this;
    public string UniqueKeyContainerName => $"key-{Thumbprint}";
    static int count;

    public Certificate() { }
    public Certificate(byte[] raw) { RawData = raw; HasPrivateKey = false; Thumbprint = Print(raw); }

    public static Certificate Make()
    {
        byte[] raw = Encoding.ASCII.GetBytes($"certificate {++count}");
        return new Certificate { RawData = raw, Thumbprint = Print(raw) };
    }

    static string Print(byte[] raw) => Convert.ToHexString(System.Security.Cryptography.SHA1.HashData(raw));
}

public class CertificateStore(string name, string place)
{
    public static readonly List<Certificate> Roots = [];
    public static bool Refuse;
    bool open;
    public void Open(string mode) => open = mode == "ReadWrite";
    public void Close() => open = false;

    public void Add(Certificate certificate)
    {
        if (Refuse)
            throw new InvalidOperationException("Access is denied.");
        if (!open || name != "Root" || place != "LocalMachine")
            throw new InvalidOperationException($"the store {place}\\{name} is not open for writing");
        if (!Roots.Any(r => r.Thumbprint == certificate.Thumbprint))
            Roots.Add(certificate);
    }
}

public class RegistryKey(IDictionary values)
{
    public object? GetValue(string name) => values[name];
}

// Computer accounts of the domain: those of $W.Accounts.
public class DirectorySearcher(string filter)
{
    public static Func<string, bool> Has = _ => false;
    public static Action<string> Delete = _ => { };
    readonly string name = System.Text.RegularExpressions.Regex.Match(filter, @"\(sAMAccountName=([^$)]+)\$\)").Groups[1].Value;
    public DirectorySearcher? FindOne() => Has(name) ? this : null;
    public DirectorySearcher GetDirectoryEntry() => this;
    public void DeleteTree() => Delete(name);
}

// The calls of AWS that were made: "cluster role action resource".
public static class Aws
{
    public static readonly SortedSet<string> Calls = [];
    public static void Called(string cluster, string role, string action, string resource) =>
        Calls.Add($"{cluster} {role} {action} {resource}");
}

// SQL Server: what was asked of it, and who answers.
public static class SqlServer
{
    public static readonly List<string> Statements = [];
    public static readonly HashSet<string> Everything = []; // of all cases
    public static Func<string, string, IDictionary, object?> Answer = (_, _, _) => null;
    public static Func<string, string?> Refuse = _ => null;
}

public class SqlConnectionStringBuilder
{
    readonly Dictionary<string, object> parts = [];
    public object this[string name] { get => parts[name]; set => parts[name] = value; }
    public string ConnectionString => string.Join(";", parts.Select(p => $"{p.Key}={p.Value}"));
}

public class SqlConnection(string text)
{
    public readonly string Text = text;
    public readonly Dictionary<string, object?> Session = [];

    public void Open()
    {
        if (SqlServer.Refuse(Text) is { Length: > 0 } why)
            throw new InvalidOperationException(why);
    }

    public SqlCommand CreateCommand() => new(this);
}

public class SqlParameters : Dictionary<string, object?>
{
    public void AddWithValue(string name, object? value) => this[name] = value;
}

public class SqlCommand(SqlConnection connection)
{
    public string CommandText { get; set; } = "";
    public int CommandTimeout { get; set; }
    public SqlParameters Parameters { get; } = [];

    public object? ExecuteScalar()
    {
        if (CommandText.StartsWith("EXEC sys.sp_set_session_context"))
            connection.Session[(string)Parameters["@key"]!] = Parameters["@value"];
        else
            SqlServer.Statements.Add(CommandText);
        SqlServer.Everything.Add(CommandText);
        return SqlServer.Answer(connection.Text, CommandText, connection.Session);
    }
}

public static class Scripts
{
    static readonly (string Real, string Here)[] names =
    [
        ("[IO.File]", "[Windows.File]"),
        ("[IO.Directory]", "[Windows.Directory]"),
        ("[Environment]", "[Windows.Environment]"),
        ("[Diagnostics.Stopwatch]", "[Windows.Stopwatch]"),
        ("[Security.Principal.WindowsIdentity]", "[Windows.Identity]"),
        ("[DateTime]::UtcNow", "[Windows.Clock]::Now"),
        ("Data.SqlClient.Sql", "Windows.Sql"),
        ("Security.Cryptography.X509Certificates.X509Store", "Windows.CertificateStore"),
        ("Security.Cryptography.X509Certificates.X509Certificate2", "Windows.Certificate"),
        ("Security.AccessControl.FileSystemAccessRule", "Windows.AccessRule"),
        ("DirectoryServices.DirectorySearcher", "Windows.DirectorySearcher"),
    ];

    public static string Adapt(string text) =>
        names.Aggregate(text, (t, n) => t.Replace(n.Real, n.Here, true, CultureInfo.InvariantCulture));
}

public class Acl
{
    public readonly List<string> Rules = [];
    public void SetAccessRule(AccessRule rule) => Rules.Add(rule.ToString());
}

public class Process(int code, bool hangs)
{
    public int ExitCode => code;
    public nint Handle => 1;

    public bool WaitForExit(int milliseconds)
    {
        Clock.Pass(hangs ? milliseconds / 1000.0 : 60);
        return !hangs;
    }
}

public class AccessRule(string who, string what, string inheritance, string propagation, string kind)
{
    public override string ToString() => $"{who} {what} {inheritance} {propagation} {kind}";
}
