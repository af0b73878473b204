# SPDX-License-Identifier: Apache-2.0
# Every target runs over its corpus in `make check`; with --enable-fuzz (CC=clang) `make fuzz`
# lets libFuzzer run each for FUZZ_SECONDS, FUZZ_JOBS at a time.
FUZZ_LDADD = libcore.a $(CORE_LIBS)
FUZZ_SECONDS = 60
FUZZ_JOBS = 1

check_PROGRAMS += tests/fuzz/corpus-cluster-yaml tests/fuzz/corpus-ini tests/fuzz/corpus-soap \
	tests/fuzz/corpus-frames tests/fuzz/corpus-decode tests/fuzz/corpus-xml tests/fuzz/corpus-json \
	tests/fuzz/corpus-words tests/fuzz/corpus-rules \
	tests/fuzz/corpus-ssh-config tests/fuzz/corpus-sftp
TESTS += tests/fuzz/corpus-cluster-yaml tests/fuzz/corpus-ini tests/fuzz/corpus-soap \
	tests/fuzz/corpus-frames tests/fuzz/corpus-decode tests/fuzz/corpus-xml tests/fuzz/corpus-json \
	tests/fuzz/corpus-words tests/fuzz/corpus-rules \
	tests/fuzz/corpus-ssh-config tests/fuzz/corpus-sftp
tests_fuzz_corpus_cluster_yaml_SOURCES = tests/fuzz/fuzz-cluster-yaml.c tests/fuzz/replay.c tests/fuzz/fuzz.h
tests_fuzz_corpus_cluster_yaml_LDADD = $(FUZZ_LDADD)
tests_fuzz_corpus_ini_SOURCES = tests/fuzz/fuzz-ini.c tests/fuzz/replay.c tests/fuzz/fuzz.h
tests_fuzz_corpus_ini_LDADD = $(FUZZ_LDADD)
tests_fuzz_corpus_soap_SOURCES = tests/fuzz/fuzz-soap.c tests/fuzz/replay.c tests/fuzz/fuzz.h
tests_fuzz_corpus_soap_LDADD = $(FUZZ_LDADD)
tests_fuzz_corpus_frames_SOURCES = tests/fuzz/fuzz-frames.c tests/fuzz/replay.c tests/fuzz/fuzz.h
tests_fuzz_corpus_frames_LDADD = $(FUZZ_LDADD)
tests_fuzz_corpus_decode_SOURCES = tests/fuzz/fuzz-decode.c tests/fuzz/replay.c tests/fuzz/fuzz.h
tests_fuzz_corpus_decode_LDADD = $(FUZZ_LDADD)
tests_fuzz_corpus_xml_SOURCES = tests/fuzz/fuzz-xml.c tests/fuzz/replay.c tests/fuzz/fuzz.h
tests_fuzz_corpus_xml_LDADD = $(FUZZ_LDADD)
tests_fuzz_corpus_json_SOURCES = tests/fuzz/fuzz-json.c tests/fuzz/replay.c tests/fuzz/fuzz.h
tests_fuzz_corpus_json_LDADD = $(FUZZ_LDADD)
tests_fuzz_corpus_words_SOURCES = tests/fuzz/fuzz-words.c tests/fuzz/replay.c tests/fuzz/fuzz.h
tests_fuzz_corpus_words_LDADD = $(FUZZ_LDADD)
tests_fuzz_corpus_rules_SOURCES = tests/fuzz/fuzz-rules.c tests/fuzz/replay.c tests/fuzz/fuzz.h
tests_fuzz_corpus_rules_LDADD = $(FUZZ_LDADD)
tests_fuzz_corpus_ssh_config_SOURCES = tests/fuzz/fuzz-ssh-config.c tests/fuzz/replay.c tests/fuzz/fuzz.h
tests_fuzz_corpus_ssh_config_LDADD = $(FUZZ_LDADD)
tests_fuzz_corpus_sftp_SOURCES = tests/fuzz/fuzz-sftp.c tests/fuzz/replay.c tests/fuzz/fuzz.h
tests_fuzz_corpus_sftp_LDADD = $(FUZZ_LDADD)

EXTRA_DIST += tests/fuzz/run.sh tests/fuzz/corpus/cluster-yaml/basic.yaml tests/fuzz/corpus/cluster-yaml/broken.yaml tests/fuzz/corpus/decode/mixed tests/fuzz/corpus/decode/utf16 tests/fuzz/corpus/frames/all tests/fuzz/corpus/ini/config tests/fuzz/corpus/soap/broken-base64.xml tests/fuzz/corpus/soap/receive.xml \
	tests/fuzz/corpus/soap/sealed \
	tests/fuzz/corpus/ini/sso tests/fuzz/corpus/ini/broken \
	tests/fuzz/corpus/xml/assumed.xml tests/fuzz/corpus/xml/denied.xml \
	tests/fuzz/corpus/xml/entities.xml tests/fuzz/corpus/xml/cut.xml \
	tests/fuzz/corpus/json/process.json tests/fuzz/corpus/json/millis.json \
	tests/fuzz/corpus/json/sso.json tests/fuzz/corpus/json/cut.json \
	tests/fuzz/corpus/rules/broken.yaml tests/fuzz/corpus/rules/every-key.yaml \
	tests/fuzz/corpus/rules/one.yaml tests/fuzz/corpus/rules/open-brace.yaml \
	tests/fuzz/corpus/words/process tests/fuzz/corpus/words/denied \
	tests/fuzz/corpus/ssh-config/all tests/fuzz/corpus/sftp/some

if ENABLE_FUZZ
FUZZ_TARGETS = tests/fuzz/fuzz-cluster-yaml tests/fuzz/fuzz-ini tests/fuzz/fuzz-soap \
	tests/fuzz/fuzz-frames tests/fuzz/fuzz-decode tests/fuzz/fuzz-xml tests/fuzz/fuzz-json \
	tests/fuzz/fuzz-words tests/fuzz/fuzz-rules \
	tests/fuzz/fuzz-ssh-config tests/fuzz/fuzz-sftp
noinst_PROGRAMS = $(FUZZ_TARGETS)
FUZZ_LINK = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_cluster_yaml_SOURCES = tests/fuzz/fuzz-cluster-yaml.c
tests_fuzz_fuzz_cluster_yaml_LDADD = $(FUZZ_LDADD)
tests_fuzz_fuzz_cluster_yaml_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_ini_SOURCES = tests/fuzz/fuzz-ini.c
tests_fuzz_fuzz_ini_LDADD = $(FUZZ_LDADD)
tests_fuzz_fuzz_ini_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_soap_SOURCES = tests/fuzz/fuzz-soap.c
tests_fuzz_fuzz_soap_LDADD = $(FUZZ_LDADD)
tests_fuzz_fuzz_soap_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_frames_SOURCES = tests/fuzz/fuzz-frames.c
tests_fuzz_fuzz_frames_LDADD = $(FUZZ_LDADD)
tests_fuzz_fuzz_frames_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_decode_SOURCES = tests/fuzz/fuzz-decode.c
tests_fuzz_fuzz_decode_LDADD = $(FUZZ_LDADD)
tests_fuzz_fuzz_decode_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_xml_SOURCES = tests/fuzz/fuzz-xml.c
tests_fuzz_fuzz_xml_LDADD = $(FUZZ_LDADD)
tests_fuzz_fuzz_xml_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_json_SOURCES = tests/fuzz/fuzz-json.c
tests_fuzz_fuzz_json_LDADD = $(FUZZ_LDADD)
tests_fuzz_fuzz_json_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_words_SOURCES = tests/fuzz/fuzz-words.c
tests_fuzz_fuzz_words_LDADD = $(FUZZ_LDADD)
tests_fuzz_fuzz_words_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_rules_SOURCES = tests/fuzz/fuzz-rules.c
tests_fuzz_fuzz_rules_LDADD = $(FUZZ_LDADD)
tests_fuzz_fuzz_rules_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_ssh_config_SOURCES = tests/fuzz/fuzz-ssh-config.c
tests_fuzz_fuzz_ssh_config_LDADD = $(FUZZ_LDADD)
tests_fuzz_fuzz_ssh_config_LDFLAGS = $(FUZZ_LINK)
tests_fuzz_fuzz_sftp_SOURCES = tests/fuzz/fuzz-sftp.c
tests_fuzz_fuzz_sftp_LDADD = $(FUZZ_LDADD)
tests_fuzz_fuzz_sftp_LDFLAGS = $(FUZZ_LINK)

# What is found stays in the build folder: fuzz-found/NAME, and NAME-crash-... beside it.
fuzz: $(FUZZ_TARGETS)
	mkdir -p fuzz-found
	printf '%s\n' $(FUZZ_TARGETS) | xargs -n 1 -P $(FUZZ_JOBS) \
	  sh $(srcdir)/tests/fuzz/run.sh $(srcdir)/tests/fuzz/corpus $(FUZZ_SECONDS)
endif
