# SPDX-License-Identifier: Apache-2.0
libcore_a_SOURCES += \
	src/cost/cost.c src/cost/cost.h \
	src/cost/price_file.c \
	src/cost/prices.c src/cost/prices.h \
	src/cost/product.c \
	src/cost/tell.c

check_PROGRAMS += tests/unit/t-cost
TESTS += tests/unit/t-cost
tests_unit_t_cost_SOURCES = tests/unit/t-cost.c
tests_unit_t_cost_LDADD = $(CORE_TEST_LDADD)
TESTS += tests/peers/cost.py
EXTRA_DIST += tests/peers/cost.py

pricesdir = $(pkgdatadir)/prices
dist_prices_DATA = \
	templates/prices/README \
	templates/prices/licences.yaml
