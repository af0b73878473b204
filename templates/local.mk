# SPDX-License-Identifier: Apache-2.0
# What generation assembles; each file is usable by hand. The sub-folders are kept when installed.
cloudformationdir = $(pkgdatadir)/cloudformation
dist_cloudformation_DATA = \
	templates/cloudformation/compute.yaml \
	templates/cloudformation/foundation.yaml \
	templates/cloudformation/head.yaml \
	templates/cloudformation/sql.yaml

powershelldir = $(pkgdatadir)/powershell
dist_powershell_DATA = \
	templates/powershell/follow.ps1
