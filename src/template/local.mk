# SPDX-License-Identifier: Apache-2.0
libcore_a_SOURCES += \
	src/template/assemble.c src/template/assemble.h \
	src/template/fileset.c src/template/fileset.h \
	src/template/generate.c src/template/generate.h \
	src/template/lint.c src/template/lint.h src/template/lint_imports.c src/template/lint_parts.h src/template/lint_text.c \
	src/template/notice.c src/template/notice.h \
	src/template/quote.c src/template/quote.h \
	src/template/shell.c \
	src/template/stacks.c \
	src/template/tpl.c src/template/tpl.h \
	src/template/value.c src/template/value.h \
	src/template/write.c

check_PROGRAMS += tests/unit/t-generate
TESTS += tests/unit/t-generate
tests_unit_t_generate_SOURCES = tests/unit/t-generate.c
tests_unit_t_generate_CPPFLAGS = $(AM_CPPFLAGS) -DDATADIR='"$(abs_srcdir)/templates"'
tests_unit_t_generate_LDADD = $(CORE_TEST_LDADD)

check_PROGRAMS += tests/peers/generate-one
tests_peers_generate_one_SOURCES = tests/peers/generate-one.c
tests_peers_generate_one_LDADD = $(CORE_TEST_LDADD)
# Of what is generated; who generates it runs under the sanitizers in t-generate.
if !ENABLE_ASAN
TESTS += tests/peers/cfn-lint.sh tests/peers/shellcheck.sh tests/peers/moto-stacks.py \
	tests/peers/powershell.py tests/peers/service-spec.py tests/peers/hcl.sh tests/peers/packer.sh \
	tests/peers/deploy-script.sh
endif
EXTRA_DIST += tests/peers/packer.sh tests/peers/service-spec.py tests/peers/hcl.sh \
	tests/peers/hcl.js tests/lib/cfn.py tests/lib/policy.py tests/peers/powershell/Words.cs \
	tests/peers/powershell/Dynamic.cs tests/peers/powershell/Follow.cs tests/lib/engine.py \
	tests/peers/powershell.py tests/peers/powershell/proof.csproj \
	tests/peers/powershell/Program.cs tests/peers/powershell/Sql.cs tests/peers/powershell/Utility.cs \
	tests/peers/powershell/Windows.cs tests/peers/powershell/windows.psm1 \
	tests/peers/powershell/cases.ps1 \
	tests/peers/cfn-lint.sh tests/peers/shellcheck.sh tests/peers/moto-stacks.py \
	tests/peers/clusters/basic.yaml tests/peers/clusters/hostile-12-groups.yaml \
	tests/peers/clusters/local-ssh.yaml tests/peers/clusters/manager.yaml
