# SPDX-License-Identifier: Apache-2.0
dist_man_MANS += man/hpcwiz.1 man/hpcwiz.yaml.5 man/hpcwiz-rules.5
