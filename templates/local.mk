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
	templates/powershell/approve.ps1 \
	templates/powershell/compute.ps1 \
	templates/powershell/database.ps1 \
	templates/powershell/follow.ps1 \
	templates/powershell/head.ps1 \
	templates/powershell/hpc.ps1 \
	templates/powershell/lib.ps1 \
	templates/powershell/media.ps1 \
	templates/powershell/snapshot.ps1 \
	templates/powershell/sql.ps1

sqldir = $(pkgdatadir)/sql
dist_sql_DATA = \
	templates/sql/databases.sql \
	templates/sql/backup.sql \
	templates/sql/logins.sql

packerdir = $(pkgdatadir)/packer
dist_packer_DATA = \
	templates/packer/compute.pkr.hcl \
	templates/packer/head.pkr.hcl \
	templates/packer/sql.pkr.hcl \
	templates/packer/common.pkr.hcl

packerscriptsdir = $(pkgdatadir)/packer/scripts
dist_packerscripts_DATA = \
	templates/packer/scripts/finish.ps1 \
	templates/packer/scripts/tools.ps1 \
	templates/packer/scripts/winrm.txt

shelldir = $(pkgdatadir)/shell
dist_shell_DATA = \
	templates/shell/deploy.sh \
	templates/shell/destroy.sh
