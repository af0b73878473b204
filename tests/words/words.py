#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Words: every message is known to gettext and translated, and a made-up language shows on the
screen what was missed or clipped."""
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.abspath(os.environ.get("HPCWIZ_SOURCE", ".")), "tests/lib"))
import rig  # noqa: E402

PO = os.path.join(rig.SOURCE, "po")


def sources():
    for top in ("src", "ui"):
        for folder, _, names in os.walk(os.path.join(rig.SOURCE, top)):
            for name in names:
                if name.endswith((".c", ".h")) and name != "defs.h":
                    yield os.path.relpath(os.path.join(folder, name), rig.SOURCE)


def potfiles_is_complete():
    listed = set(open(os.path.join(PO, "POTFILES.in")).read().split())
    missing = [path for path in sources() if path not in listed and path.endswith(".c")
               and re.search(r'\b(_|N_|P_)\("', open(os.path.join(rig.SOURCE, path)).read())]
    if missing:
        rig.fail("po/POTFILES.in lacks " + " ".join(sorted(missing)))


def extract(where):
    pot = os.path.join(where, "hpcwiz.pot")
    subprocess.run(["xgettext", "--keyword=_", "--keyword=N_", "--keyword=P_:1,2",
                    "--from-code=UTF-8", "-D", rig.SOURCE, "-f", os.path.join(PO, "POTFILES.in"),
                    "-o", pot], check=True, stderr=subprocess.DEVNULL)
    return pot


def translations_are_complete(where, pot):
    for name in sorted(os.listdir(PO)):
        if not name.endswith(".po"):
            continue
        merged = os.path.join(where, name)
        subprocess.run(["msgmerge", "-q", "-N", "-o", merged, os.path.join(PO, name), pot],
                       check=True)
        captures_are_kept(name)
        done = subprocess.run(["msgfmt", "-c", "--check-format", "--statistics", "-o",
                               os.devnull, merged], capture_output=True, text=True,
                              env=dict(os.environ, LC_ALL="C"))
        if done.returncode or "untranslated" in done.stderr or "fuzzy" in done.stderr:
            rig.fail(f"{name}: {done.stderr}")
        if name[:-3] not in open(os.path.join(PO, "LINGUAS")).read().split():
            rig.fail(f"po/LINGUAS lacks {name[:-3]}")


def captures_are_kept(name):
    """What a rule captured is named in the text of a rule in every language: "{node}"."""
    told = subprocess.run(["msgcat", "--no-wrap", os.path.join(PO, name)], capture_output=True,
                          text=True, check=True).stdout
    for msgid, msgstr in re.findall(r'^msgid "(.*)"\nmsgstr "(.*)"$', told, re.M):
        names, kept = (set(re.findall(r"\{(\w+)", text)) for text in (msgid, msgstr))
        if msgstr and names != kept:
            rig.fail(f"{name}: {sorted(names ^ kept)} in only one of:\n{msgid}\n{msgstr}")


def pseudo_text(text):
    """Letters with marks, in brackets; directives and escapes as they are."""
    marks = str.maketrans("aeiouAEIOU", "àéîöüÀÉÎÖÜ")
    parts = re.split(r"(%[-0-9$.*lzhjt]*[a-zA-Z]|\\.|%%|\{\w+)", text)
    body = "".join(part if i % 2 else part.translate(marks) for i, part in enumerate(parts))
    lead, rest = re.match(r"((?:\\n| )*)(.*)", body, re.S).groups()
    core, tail = re.match(r"(.*?)((?:\\n| )*)$", rest, re.S).groups()
    return f"{lead}⟦{core}⟧{tail}"


def make_pseudo(where, pot):
    """A message catalogue of the made-up language; returns the folder of locales."""
    out, field, texts = [], None, {}

    def flush():
        if texts.get("msgid"):
            out.append(f'msgid "{texts["msgid"]}"')
            if "msgid_plural" in texts:
                out.append(f'msgid_plural "{texts["msgid_plural"]}"')
                out.append(f'msgstr[0] "{pseudo_text(texts["msgid"])}"')
                out.append(f'msgstr[1] "{pseudo_text(texts["msgid_plural"])}"')
            else:
                out.append(f'msgstr "{pseudo_text(texts["msgid"])}"')
            out.append("")

    for line in open(pot):
        start = re.match(r'(msgid_plural|msgid|msgstr)(?:\[\d\])? "(.*)"$', line)
        more = re.match(r'"(.*)"$', line)
        if start:
            field = start.group(1)
            texts[field] = start.group(2)
        elif more and field:
            texts[field] += more.group(1)
        elif not line.strip():
            flush()
            field, texts = None, {}
    flush()
    folder = os.path.join(where, "locale", "eo", "LC_MESSAGES")
    os.makedirs(folder)
    source = os.path.join(where, "pseudo.po")
    with open(source, "w") as file:
        file.write('msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n'
                   '"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n' + "\n".join(out))
    subprocess.run(["msgfmt", "-o", os.path.join(folder, "hpcwiz.mo"), source], check=True)
    return os.path.join(where, "locale")


def unbracketed(text):
    return re.sub(r"⟦[^⟧]*⟧", "", text, flags=re.S)


def commands_are_translated(where, locale):
    env = {"HPCWIZ_LOCALEDIR": locale, "LANGUAGE": "eo"}
    for line in rig.run(where, "--help", **env).splitlines():
        rest = re.sub(r"--?[a-z-]+( [A-Z][A-Z=,.]*)?", "", unbracketed(line))
        if re.search(r"[a-z]{4}", rest) and not re.match(r"  [a-z]+ ", line) and "⟦" not in line \
                and "⟧" not in line:
            rig.fail("--help has words that gettext does not know: " + line)
    for line in rig.run(where, "check", "--list", **env).splitlines():
        if "⟦" not in line:
            rig.fail("check --list has words that gettext does not know: " + line)


def screens_are_translated(where, locale):
    clipped = set()
    command = f"HPCWIZ_LOCALEDIR={locale} LANGUAGE=eo {rig.HPCWIZ} --demo"
    with rig.screen(where, command) as shown:
        shown.wait("F10")
        for _ in range(4):
            shown.keys("Enter")
            rig.time.sleep(0.5)
        picture = shown.wait("⟦Nétwörk⟧")
        steps = [re.split(" {2,}", line[3:])[0].strip() for line in picture.split("\n")[2:15]]
        for step in steps:
            if step and "⟦" not in step:
                rig.fail(f"a step is not translated: {step!r}\n{picture}")
            if "…" in step:
                rig.fail(f"a step is clipped: {step!r}\n{picture}")
        if "⟦" not in picture.rstrip("\n").split("\n")[-1]:
            rig.fail("the key line is not translated:\n" + picture)
        for line in picture.split("\n"):
            clipped.update(re.findall(r"⟦[^⟧⟦]*…", line))
    print("clipped at 80 columns in a language with brackets:", sorted(clipped) or "nothing")


def main():
    rig.watchdog(300)
    for program in ("xgettext", "msgfmt", "msgmerge"):
        if not shutil.which(program):
            rig.skip(f"{program} is not installed")
    potfiles_is_complete()
    with rig.folder() as where:
        pot = extract(where)
        translations_are_complete(where, pot)
        locale = make_pseudo(where, pot)
        commands_are_translated(where, locale)
        screens_are_translated(where, locale)
    print("ok words")


main()
