# SPDX-License-Identifier: Apache-2.0
# Follows log files on a node and writes what they gain to standard output, as ASCII frames:
#   @H version boot-time now process base64(host|system|PowerShell)   first
#   @F id offset length base64(path)      a file is followed from offset on
#   @D id offset length r|z base64        bytes; z: raw deflate
#   @T id length                          shorter or another file under the name: from 0 again
#   @S id offset                          a long file: older bytes are left out
#   @E id base64(message)                 cannot be read at the moment
#   @K now                                a sign of life
# Standard input: one line of ASCII JSON
#   {"globs":[],"resume":[{"id","p":path,"o":offset,"s":base64 of the first 64 bytes}],
#    "poll":ms,"scan":s,"beat":s,"quiet":s,"ttl":h,"max":bytes,"pace":ms}
# and, where quiet is not 0, at least one byte in each `quiet` seconds after that.
# pace, where it is not 0: what a file gains less than that after the last bytes that were sent is
# held back, at longest until the next sign of life. Not so a whole stage line of hpcwiz, which
# takes all with it that is held, what ends a line that was begun, and a full buffer.
# It travels as -EncodedCommand, whose line may have 8,191 characters, without the comments and the
# indentation: a statement a line, short names.
# Windows PowerShell 5.1. A file is open only while it is read and shares everything, so that no
# installer is ever in its way; lengths come from the open file, since folders show stale ones.
$ErrorActionPreference='Stop'
$in=[Console]::OpenStandardInput()
$size=16384
$ib=[byte[]]::new($size)
$line=''
$ascii=[Text.Encoding]::ASCII
do{
    $n=$in.Read($ib,0,$size)
    if($n -le 0){exit 3}
    $line+=$ascii.GetString($ib,0,$n)
}until($line.Contains("`n"))
$c=ConvertFrom-Json $line
$next=$in.ReadAsync($ib,0,$size)
$heard=[DateTime]::UtcNow
$end=$heard.AddHours($c.ttl)
$out=[Console]::OpenStandardOutput()
function Put($s){
    $b=$ascii.GetBytes("@$s`n")
    $out.Write($b,0,$b.Length)
}
function B64($b){[Convert]::ToBase64String($b)}
function Name($s){B64([Text.Encoding]::UTF8.GetBytes($s))}

$state=@{}
$ids=0
foreach($r in $c.resume){
    $state[$r.p]=@{id=$r.id;off=[long]$r.o;sig=$r.s;len=-1}
    $ids=[Math]::Max($ids,$r.id+1)
}
$w=[Diagnostics.Stopwatch]
$boot=$heard.AddSeconds(-$w::GetTimestamp()/$w::Frequency)
$me=Name "$env:COMPUTERNAME|$([Environment]::OSVersion.Version)|$($PSVersionTable.PSVersion)"
Put ('H 1 {0:yyyyMMddHHmmss} {1:yyyyMMddHHmmss} {2} {3}' -f $boot,$heard,$PID,$me)

# The next bytes of the open file $fs, at most $n.
function Get($n){
    $n=$fs.Read($buf,0,$n)
    $b=[byte[]]::new($n)
    [Array]::Copy($buf,$b,$n)
    ,$b
}
function Tell($f,$b){
    if(!($n=$b.Length)){return}
    $m=[IO.MemoryStream]::new()
    $z=[IO.Compression.DeflateStream]::new($m,[IO.Compression.CompressionMode]1,1)
    $z.Write($b,0,$n)
    $z.Dispose()
    $d='r '+(B64 $b)
    if($m.Length -lt $n){$d='z '+(B64 $m.ToArray())}
    Put "D $($f.id) $($f.off) $n $d"
    $f.off+=$n
    $f.held=@()
    # 0: the end of a line in UTF-16, in which no stage line is written.
    $f.cut=$b[-1] -notin 10,0
    $script:busy=1
}

# Sends what is new in the open file, at most half a mebibyte, so that every file has its turn.
function Send{
    $len=$fs.Length
    if($len -eq $f.len){return}
    $sig=B64(Get 64)
    # A file that was shorter than 64 bytes has grown: compare whole base64 groups only.
    if($len -lt $f.off+$f.held.Length -or !$sig.StartsWith(($f.sig -replace '...=$'),'Ordinal')){
        Tell $f $f.held
        Put "T $($f.id) $len"
        $f.off=0L
    }
    $f.sig=$sig
    if($f.off -eq 0 -and $len -gt $c.max){
        # Even, so that UTF-16 stays aligned.
        $f.off=$len-$c.max -band -2
        Put "S $($f.id) $($f.off)"
    }
    $fs.Position=$f.off
    $i=32
    while($i-- -and ($b=Get $size).Length){
        if($c.pace){
            if($ascii.GetString($b) -match 'HPCWIZ stage=.*\n'){$script:all=1}
            elseif(!$go -and $f.off -and !$f.cut -and $b.Length -lt $size){
                $f.held=$b
                $f.len=$len
                return
            }
        }
        Tell $f $b
    }
    # Not all of it yet: look again in the next round.
    $f.len=if($f.off -lt $len){-1}else{$len}
}

$buf=[byte[]]::new($size)
$scan=$beat=$sent=[DateTime]0
while(($now=[DateTime]::UtcNow) -lt $end){
    if($next.IsCompleted){
        if($next.Result -le 0){exit}
        $heard=$now
        $next=$in.ReadAsync($ib,0,$size)
    }
    if($c.quiet -and ($now-$heard).TotalSeconds -gt $c.quiet){exit 4}
    if(($now-$scan).TotalSeconds -ge $c.scan){
        $scan=$now
        $files=@(Get-ChildItem $c.globs -File -Force -ea 0|% FullName)
    }
    $due=($now-$beat).TotalSeconds -ge $c.beat
    $go=$due -or $all -or ($now-$sent).TotalMilliseconds -ge $c.pace
    $all=$busy=0
    if($go){$state.Values|%{Tell $_ $_.held}}
    foreach($p in $files){
        $f=$state[$p]
        if(!$f){
            $f=$state[$p]=@{id=$ids++;off=0L;sig='';len=-1}
        }
        try{
            $fs=[IO.FileStream]::new($p,'Open','Read','ReadWrite,Delete',1)
            try{
                if(!$f.told){
                    $f.told=1
                    Put "F $($f.id) $($f.off) $($fs.Length) $(Name $p)"
                }
                Send
            }finally{$fs.Dispose()}
            $f.err=0
        }catch{
            if(!$f.err){
                $f.err=1
                Put "E $($f.id) $(Name $_)"
            }
        }
    }
    if($due){
        $beat=$now
        Put ('K {0:yyyyMMddHHmmss}' -f $now)
    }
    if($busy){$sent=$now}else{Start-Sleep -m $c.poll}
}
