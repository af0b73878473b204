# SPDX-License-Identifier: Apache-2.0
# Writes what log files on a node have gained since they were last looked at, once, as much as fits,
# in the frames of follow.ps1. The frame @K comes only where nothing was left for another run.
# It travels by Systems Manager (AWS-RunPowerShellScript), which keeps the first 24,000 characters
# that a command writes (Systems Manager API reference, GetCommandInvocation). The line before it
# sets $c to what ConvertFrom-Json makes of
#   {"globs":[],"resume":[{"id","p":path,"o":offset,"s":base64 of the first 64 bytes}],
#    "ids":of the first file that is not in "resume","max":bytes,"room":characters}
# No two braces stand side by side: Systems Manager would take them for one of its variables.
# Windows PowerShell 5.1. A file is open only while it is read and shares everything.
$ErrorActionPreference='Stop'
$out=[Console]::OpenStandardOutput()
$room=$c.room
function Put($s){
    $b=[Text.Encoding]::ASCII.GetBytes("@$s`n")
    $out.Write($b,0,$b.Length)
    $script:room-=$b.Length
}
function B64($s){[Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes($s))}

$state=@{}
$ids=$c.ids
foreach($r in $c.resume){
    $state[$r.p.ToLower()]=@{id=$r.id;off=[long]$r.o;sig=$r.s}
}
$now=[DateTime]::UtcNow
$w=[Diagnostics.Stopwatch]
$boot=$now.AddSeconds(-$w::GetTimestamp()/$w::Frequency)
$me=B64 "$env:COMPUTERNAME|$([Environment]::OSVersion.Version)|$($PSVersionTable.PSVersion)"
Put ('H 1 {0:yyyyMMddHHmmss} {1:yyyyMMddHHmmss} {2} {3}' -f $boot,$now,$PID,$me)

# The shorter form of the first $n bytes of $buf.
function Pack($n){
    $m=[IO.MemoryStream]::new()
    $z=[IO.Compression.DeflateStream]::new($m,[IO.Compression.CompressionMode]1,$true)
    $z.Write($buf,0,$n)
    $z.Dispose()
    if($m.Length -lt $n){return 'z '+[Convert]::ToBase64String($m.ToArray())}
    'r '+[Convert]::ToBase64String($buf,0,$n)
}

# What is new in the open file $fs, in pieces as large as there is room for. What is left sets $more.
function Send($f,$fs,$p){
    $len=$fs.Length
    $n=$fs.Read($buf,0,64)
    $sig=[Convert]::ToBase64String($buf,0,$n)
    # A file that was shorter than 64 bytes has grown: compare whole base64 groups only.
    $t=$f.sig.TrimEnd('=')
    $t=$t.Substring(0,$t.Length-$t.Length%4)
    $same=$len -ge $f.off -and $sig.StartsWith($t,'Ordinal')
    if($same -and $len -eq $f.off){return}
    if($room -lt 1024){
        $script:more=1
        return
    }
    Put "F $($f.id) $($f.off) $len $(B64 $p)"
    if(!$same){
        Put "T $($f.id) $len"
        $f.off=0L
    }
    if($f.off -eq 0 -and $len -gt $c.max){
        # Even, so that UTF-16 stays aligned.
        $f.off=$len-$c.max -band -2
        Put "S $($f.id) $($f.off)"
    }
    for($size=65536;$f.off -lt $len -and $size -ge 256;){
        $null=$fs.Seek($f.off,0)
        $n=$fs.Read($buf,0,$size)
        if(!$n){break}
        $d=Pack $n
        if($d.Length+64 -gt $room){
            $size/=2
            continue
        }
        Put "D $($f.id) $($f.off) $n $d"
        $f.off+=$n
    }
    if($f.off -lt $len){$script:more=1}
}

# Short ones first: a long one takes several runs.
$buf=[byte[]]::new(65536)
$more=0
$files=@(Get-ChildItem $c.globs -File -Force -ea 0|Sort-Object Length|% FullName)
foreach($p in $files){
    $f=$state[$p.ToLower()]
    if(!$f){
        $f=@{id=$ids++;off=0L;sig=''}
    }
    try{
        $fs=[IO.FileStream]::new($p,'Open','Read','ReadWrite,Delete',1)
        try{Send $f $fs $p}finally{$fs.Dispose()}
    }catch{
        $why="$_"
        $why=$why.Substring(0,[Math]::Min(200,$why.Length))
        if($room -ge 1024){Put "E $($f.id) $(B64 $why)"}
    }
}
if(!$more){Put ('K {0:yyyyMMddHHmmss}' -f [DateTime]::UtcNow)}
