/* SPDX-License-Identifier: Apache-2.0 */
#include "model/schema.h"

#include "base/text.h"
#include "model/cluster.h"
#include "model/rules.h"

static const char *const attach_options[] = {"self", "manager", NULL};
static const char *const method_options[] = {"winrm", "ssh", NULL};
static const char *const version_options[] = {"2019", "2016", NULL};
static const char *const sql_options[] = {"own", "local", NULL};
static const char *const failure_options[] = {"rollback", "keep", "delete", NULL};
static const char *const placement_options[] = {"none", "cluster", "partition", "spread", NULL};
static const char *const bool_options[] = {"false", "true", NULL};

static bool own_sql(const struct hw_cluster *cluster)
{
    return !hw_cluster_sql_local(cluster);
}

/* In the order of the cluster file (contract: hpcwiz.yaml(5)). */
static const struct hw_field fields[] = {
    {.key = "hpcwiz",
     .type = HW_TYPE_INT,
     .page = HW_PAGE_COUNT,
     .label = N_("Format"),
     .help = N_("The version of this file's format."),
     .def = "1",
     .required = true,
     .min = 1,
     .max = 1},
    {.key = "cluster",
     .type = HW_TYPE_TEXT,
     .page = HW_PAGE_ACCOUNT,
     .label = N_("Cluster name"),
     .help = N_("The prefix of every stack and node name: 1 to 12 letters, digits and hyphens, "
                "beginning with a letter."),
     .example = "riskgrid",
     .required = true,
     .check = hw_rule_name},
    {.key = "region",
     .type = HW_TYPE_CHOICE,
     .page = HW_PAGE_ACCOUNT,
     .label = N_("Region"),
     .help = N_("The AWS Region that everything is created in. The network, the images and the "
                "key pair must be in the same Region."),
     .example = "eu-central-1",
     .source = HW_SOURCE_REGIONS,
     .required = true,
     .check = hw_rule_region},
    {.key = "network.vpc",
     .type = HW_TYPE_CHOICE,
     .page = HW_PAGE_NETWORK,
     .label = N_("VPC"),
     .help = N_("The network that the nodes join. It must reach the Active Directory domain, and "
                "CloudFormation, Systems Manager and S3 through a NAT gateway or endpoints."),
     .example = "vpc-0a1b2c3d4e5f67890",
     .source = HW_SOURCE_VPCS,
     .required = true,
     .check = hw_rule_vpc},
    {.key = "network.subnets",
     .type = HW_TYPE_MULTI,
     .page = HW_PAGE_NETWORK,
     .label = N_("Subnets"),
     .help = N_("The first one holds the SQL Server and the head node; compute nodes use all of "
                "them. Space marks, in the order of use."),
     .example = "subnet-0aaa1111bbb22222c",
     .source = HW_SOURCE_SUBNETS,
     .required = true,
     .list = true,
     .check = hw_rule_subnet},
    {.key = "network.hosted_zone",
     .type = HW_TYPE_CHOICE,
     .page = HW_PAGE_NETWORK,
     .label = N_("Private zone"),
     .help = N_("The zone in which mssql.<zone> and headnode.<zone> are written, so that nodes "
                "find each other by name after an instance is replaced. Only private zones that "
                "this VPC can see are listed."),
     .example = "Z0123456789ABCDEFGHIJ",
     .source = HW_SOURCE_ZONES,
     .required = true,
     .check = hw_rule_hosted_zone},
    {.key = "network.zone_name",
     .type = HW_TYPE_TEXT,
     .page = HW_PAGE_NETWORK,
     .label = N_("Zone name"),
     .help = N_("The domain name of the private zone. It follows from the zone chosen above."),
     .example = "hpc.example.internal",
     .required = true,
     .check = hw_rule_domain},
    {.key = "network.sql_address",
     .type = HW_TYPE_ADDRESS,
     .page = HW_PAGE_NETWORK,
     .label = N_("SQL address"),
     .help = N_("The fixed private address of the SQL Server, kept when its instance is "
                "replaced. Empty: AWS picks one once, and it stays."),
     .example = "10.20.1.5",
     .source = HW_SOURCE_ADDRESSES,
     .applies = own_sql},
    {.key = "network.head_address",
     .type = HW_TYPE_ADDRESS,
     .page = HW_PAGE_NETWORK,
     .label = N_("Head address"),
     .help = N_("The fixed private address of the head node, kept when its instance is replaced. "
                "Empty: AWS picks one once, and it stays."),
     .example = "10.20.1.6",
     .source = HW_SOURCE_ADDRESSES},
    {.key = "network.attach",
     .type = HW_TYPE_CHOICE,
     .page = HW_PAGE_NETWORK,
     .label = N_("Keep them by"),
     .help = N_("self: the instance starts with the kept network interface. manager: tags for the "
                "network-interface-manager and volume-manager Lambdas, if you run them."),
     .def = "self",
     .options = attach_options,
     .advanced = true},
    {.key = "directory.domain",
     .type = HW_TYPE_TEXT,
     .page = HW_PAGE_DIRECTORY,
     .label = N_("Domain"),
     .help = N_("The Active Directory domain that every node joins, as a full name. The VPC's DNS "
                "must resolve it."),
     .example = "corp.example.internal",
     .source = HW_SOURCE_DOMAINS,
     .required = true,
     .check = hw_rule_domain},
    {.key = "directory.netbios",
     .type = HW_TYPE_TEXT,
     .page = HW_PAGE_DIRECTORY,
     .label = N_("NetBIOS name"),
     .help = N_("The short name of the domain, as in CORP\\user: at most 15 characters."),
     .example = "CORP",
     .required = true,
     .check = hw_rule_netbios},
    {.key = "directory.ou",
     .type = HW_TYPE_TEXT,
     .page = HW_PAGE_DIRECTORY,
     .label = N_("OU"),
     .help = N_("The organizational unit for the computer accounts, as a distinguished name. "
                "Empty: the domain's default."),
     .example = "OU=HPC,DC=corp,DC=example,DC=internal",
     .advanced = true,
     .check = hw_rule_ou},
    {.key = "access.method",
     .type = HW_TYPE_CHOICE,
     .page = HW_PAGE_DIRECTORY,
     .label = N_("Read logs over"),
     .help =
         N_("How hpcwiz reaches the nodes: winrm over HTTPS on port 5986, or ssh on port 22. The "
            "other one is tried where it fails."),
     .def = "winrm",
     .options = method_options},
    {.key = "access.key_pair",
     .type = HW_TYPE_CHOICE,
     .page = HW_PAGE_DIRECTORY,
     .label = N_("Key pair"),
     .help = N_("The EC2 key pair that protects the Windows Administrator password. Windows takes "
                "RSA keys only."),
     .example = "hpc-admin",
     .source = HW_SOURCE_KEY_PAIRS,
     .required = true},
    {.key = "access.from",
     .type = HW_TYPE_CIDR,
     .page = HW_PAGE_DIRECTORY,
     .label = N_("Access from"),
     .help = N_("The networks that may reach WinRM or SSH, and Remote Desktop, on the nodes: as "
                "narrow as you can. This machine's network must be among them."),
     .example = "10.20.0.0/24",
     .source = HW_SOURCE_NETWORKS,
     .required = true,
     .list = true},
    {.key = "hpc_pack.version",
     .type = HW_TYPE_CHOICE,
     .page = HW_PAGE_HPC_PACK,
     .label = N_("Version"),
     .help = N_("The version of Microsoft HPC Pack that the media hold. 2019 needs two more "
                "databases than 2016."),
     .def = "2019",
     .options = version_options,
     .required = true},
    {.key = "hpc_pack.media",
     .type = HW_TYPE_TEXT,
     .page = HW_PAGE_HPC_PACK,
     .label = N_("Install media"),
     .help = N_("The S3 folder that holds the HPC Pack package. The nodes read it with their own "
                "role; the bucket needs no public access."),
     .example = "s3://my-bucket/hpcpack/",
     .source = HW_SOURCE_MEDIA,
     .required = true,
     .check = hw_rule_media},
    {.key = "hpc_pack.certificate_name",
     .type = HW_TYPE_TEXT,
     .page = HW_PAGE_HPC_PACK,
     .label = N_("Certificate"),
     .help = N_("The subject name of the certificate that the nodes use among themselves. The "
                "head node makes it once."),
     .def = "HPC Pack Communication",
     .check = hw_rule_plain_text},
    {.key = "hpc_pack.node_template",
     .type = HW_TYPE_TEXT,
     .page = HW_PAGE_HPC_PACK,
     .label = N_("Node template"),
     .help = N_("The HPC Pack node template that compute nodes are given. It is made if it does "
                "not exist."),
     .def = "Default ComputeNode Template",
     .check = hw_rule_plain_text},
    {.key = "hpc_pack.administrators",
     .type = HW_TYPE_LIST,
     .page = HW_PAGE_HPC_PACK,
     .label = N_("Administrators"),
     .help = N_("Domain users or groups that administer the cluster, as DOMAIN\\name, separated "
                "by commas."),
     .example = "CORP\\hpcadmins",
     .list = true,
     .check = hw_rule_account},
    {.key = "hpc_pack.users",
     .type = HW_TYPE_LIST,
     .page = HW_PAGE_HPC_PACK,
     .label = N_("Users"),
     .help = N_("Domain users or groups that may run jobs, as DOMAIN\\name, separated by commas."),
     .example = "CORP\\quants",
     .list = true,
     .check = hw_rule_account},
    {.key = "secrets.sql_username",
     .type = HW_TYPE_NAME_OF_SECRET,
     .page = HW_PAGE_SECRETS,
     .label = N_("SQL user"),
     .help = N_("The name of the Systems Manager parameter that holds the SQL Server service "
                "account's user name. hpcwiz never reads its value; the node does."),
     .def = "/sql-server/service-account/username",
     .source = HW_SOURCE_SECRET_NAMES,
     .applies = own_sql},
    {.key = "secrets.sql_password",
     .type = HW_TYPE_NAME_OF_SECRET,
     .page = HW_PAGE_SECRETS,
     .label = N_("SQL password"),
     .help = N_("The name of the SecureString parameter that holds the SQL Server service "
                "account's password."),
     .def = "/sql-server/service-account/password",
     .source = HW_SOURCE_SECRET_NAMES,
     .applies = own_sql},
    {.key = "secrets.service_username",
     .type = HW_TYPE_NAME_OF_SECRET,
     .page = HW_PAGE_SECRETS,
     .label = N_("Service user"),
     .help = N_("The name of the parameter that holds the domain account that joins the domain "
                "and sets up HPC Pack."),
     .def = "/service-account/username",
     .source = HW_SOURCE_SECRET_NAMES},
    {.key = "secrets.service_password",
     .type = HW_TYPE_NAME_OF_SECRET,
     .page = HW_PAGE_SECRETS,
     .label = N_("Service password"),
     .help = N_("The name of the SecureString parameter that holds that account's password."),
     .def = "/service-account/password",
     .source = HW_SOURCE_SECRET_NAMES},
    {.key = "secrets.certificate_password",
     .type = HW_TYPE_NAME_OF_SECRET,
     .page = HW_PAGE_SECRETS,
     .label = N_("PFX password"),
     .help = N_("The name of the SecureString parameter that protects the cluster certificate on "
                "its way to the compute nodes."),
     .def = "/certificate/hpc/password",
     .source = HW_SOURCE_SECRET_NAMES},
    {.key = "nodes.sql",
     .type = HW_TYPE_CHOICE,
     .page = HW_PAGE_IMAGES,
     .label = N_("SQL Server"),
     .help = N_("own: a node of its own. local: SQL Server Express on the head node, for small "
                "clusters and a small bill."),
     .def = "own",
     .options = sql_options},
    {.key = "nodes.sql.image",
     .type = HW_TYPE_CHOICE,
     .page = HW_PAGE_IMAGES,
     .label = N_("SQL image"),
     .help = N_("An image with Windows and SQL Server: your own, or a public one of AWS by its "
                "ssm: path, which is resolved and pinned when you deploy."),
     .example = "ssm:/aws/service/ami-windows-latest/"
                "Windows_Server-2022-English-Full-SQL_2022_Standard",
     .source = HW_SOURCE_IMAGES_SQL,
     .required = true,
     .applies = own_sql,
     .check = hw_rule_image},
    {.key = "nodes.sql.type",
     .type = HW_TYPE_CHOICE,
     .page = HW_PAGE_NODES,
     .label = N_("SQL type"),
     .help = N_("The instance type of the SQL Server. Licences are counted per vCPU, at least "
                "four; memory helps most."),
     .example = "r6i.xlarge",
     .source = HW_SOURCE_TYPES_SQL,
     .required = true,
     .applies = own_sql,
     .check = hw_rule_instance_type},
    {.key = "nodes.sql.data_volume_gib",
     .type = HW_TYPE_INT,
     .page = HW_PAGE_NODES,
     .label = N_("SQL data, GiB"),
     .help = N_("The size of the volume that holds the databases. It outlives the instance and is "
                "never deleted without being asked for."),
     .def = "200",
     .min = 20,
     .max = 16384,
     .applies = own_sql},
    {.key = "nodes.head.image",
     .type = HW_TYPE_CHOICE,
     .page = HW_PAGE_IMAGES,
     .label = N_("Head image"),
     .help = N_("A Windows Server image for the head node: your own, or a public one of AWS by "
                "its ssm: path, which is resolved and pinned when you deploy."),
     .example = "ssm:/aws/service/ami-windows-latest/Windows_Server-2022-English-Full-Base",
     .source = HW_SOURCE_IMAGES_WINDOWS,
     .required = true,
     .check = hw_rule_image},
    {.key = "nodes.head.type",
     .type = HW_TYPE_CHOICE,
     .page = HW_PAGE_NODES,
     .label = N_("Head type"),
     .help = N_("The instance type of the head node: at least 4 vCPU and 16 GiB."),
     .example = "m6i.xlarge",
     .source = HW_SOURCE_TYPES_HEAD,
     .required = true,
     .check = hw_rule_instance_type},
    {.key = "nodes.compute.*.name",
     .type = HW_TYPE_TEXT,
     .page = HW_PAGE_NODES,
     .label = N_("Group"),
     .help = N_("The name of this compute group: 1 to 12 letters, digits and hyphens, beginning "
                "with a letter. It is part of the node names."),
     .example = "std",
     .required = true,
     .check = hw_rule_name},
    {.key = "nodes.compute.*.image",
     .type = HW_TYPE_CHOICE,
     .page = HW_PAGE_IMAGES,
     .label = N_("Compute image"),
     .help = N_("A Windows Server image for the compute nodes of this group: your own, or a "
                "public one of AWS by its ssm: path."),
     .example = "ssm:/aws/service/ami-windows-latest/Windows_Server-2022-English-Full-Base",
     .source = HW_SOURCE_IMAGES_WINDOWS,
     .required = true,
     .check = hw_rule_image},
    {.key = "nodes.compute.*.type",
     .type = HW_TYPE_CHOICE,
     .page = HW_PAGE_NODES,
     .label = N_("Type"),
     .help = N_("The instance type of this group's nodes. Only types that the first subnet's zone "
                "offers are listed."),
     .example = "c6i.4xlarge",
     .source = HW_SOURCE_TYPES_COMPUTE,
     .required = true,
     .check = hw_rule_instance_type},
    {.key = "nodes.compute.*.min",
     .type = HW_TYPE_INT,
     .page = HW_PAGE_NODES,
     .label = N_("Fewest nodes"),
     .help = N_("The group never has fewer nodes than this."),
     .def = "2",
     .min = 0,
     .max = 1000,
     .advanced = true},
    {.key = "nodes.compute.*.desired",
     .type = HW_TYPE_INT,
     .page = HW_PAGE_NODES,
     .label = N_("Nodes"),
     .help = N_("How many nodes are started now. The stack is complete when all of them are "
                "installed."),
     .def = "4",
     .min = 1,
     .max = 1000},
    {.key = "nodes.compute.*.max",
     .type = HW_TYPE_INT,
     .page = HW_PAGE_NODES,
     .label = N_("Most nodes"),
     .help = N_("The group never has more nodes than this. The vCPU quota and the free addresses "
                "of the subnets must allow it."),
     .def = "16",
     .min = 1,
     .max = 1000},
    {.key = "nodes.compute.*.spot",
     .type = HW_TYPE_BOOL,
     .page = HW_PAGE_NODES,
     .label = N_("Spot"),
     .help = N_("Whether the nodes of this group are Spot Instances: far cheaper, but EC2 may take "
                "one away with two minutes' notice; its jobs start again elsewhere."),
     .def = "false",
     .options = bool_options,
     .advanced = true},
    {.key = "nodes.compute.*.placement",
     .type = HW_TYPE_CHOICE,
     .page = HW_PAGE_NODES,
     .label = N_("Placement"),
     .help = N_("The placement group of the nodes: none; cluster (close together in one zone, for "
                "MPI); partition or spread (apart, on other hardware)."),
     .def = "none",
     .options = placement_options,
     .advanced = true},
    {.key = "timeouts.sql",
     .type = HW_TYPE_DURATION,
     .page = HW_PAGE_NODES,
     .label = N_("SQL time-out"),
     .help = N_("How long CloudFormation waits for the SQL Server's installation, such as 30m; at "
                "most 12h."),
     .def = "30m",
     .advanced = true,
     .applies = own_sql},
    {.key = "timeouts.head",
     .type = HW_TYPE_DURATION,
     .page = HW_PAGE_NODES,
     .label = N_("Head time-out"),
     .help = N_("How long CloudFormation waits for the head node's installation, such as 90m."),
     .def = "90m",
     .advanced = true},
    {.key = "timeouts.compute",
     .type = HW_TYPE_DURATION,
     .page = HW_PAGE_NODES,
     .label = N_("Compute time-out"),
     .help = N_("How long CloudFormation waits for the compute nodes' installation, such as 60m."),
     .def = "60m",
     .advanced = true},
    {.key = "deploy.bucket",
     .type = HW_TYPE_TEXT,
     .page = HW_PAGE_ACCOUNT,
     .label = N_("Upload bucket"),
     .help = N_("An S3 bucket for templates over 51,200 bytes, which CloudFormation does not take "
                "directly. Empty: none is needed for most clusters."),
     .example = "my-bucket",
     .advanced = true,
     .check = hw_rule_bucket},
    {.key = "deploy.on_failure",
     .type = HW_TYPE_CHOICE,
     .page = HW_PAGE_ACCOUNT,
     .label = N_("On failure"),
     .help = N_("What happens to a stack that fails: rollback undoes it, keep leaves everything "
                "for inspection, delete removes the new stack."),
     .def = "rollback",
     .options = failure_options,
     .advanced = true},
    {.key = "logs.cloudwatch",
     .type = HW_TYPE_BOOL,
     .page = HW_PAGE_DIRECTORY,
     .label = N_("CloudWatch logs"),
     .help = N_("Also ship the install logs to CloudWatch Logs, so that they survive a replaced "
                "node. It costs a little."),
     .def = "false",
     .options = bool_options,
     .advanced = true},
    {.key = "cost.limit_per_hour",
     .type = HW_TYPE_TEXT,
     .page = HW_PAGE_ACCOUNT,
     .label = N_("Cost limit, USD/h"),
     .help = N_("A warning appears when the cluster is likely to cost more an hour. 0: no limit."),
     .def = "0",
     .advanced = true,
     .check = hw_rule_amount},
    {.key = "tags",
     .type = HW_TYPE_MAP,
     .page = HW_PAGE_ACCOUNT,
     .label = N_("Tags"),
     .help = N_("Tags for every resource, as Key=Value, separated by commas."),
     .example = "CostCenter=4711",
     .list = true,
     .advanced = true,
     .check = hw_rule_tag},
};

static const struct hw_page pages[HW_PAGE_COUNT] = {
    [HW_PAGE_START] = {HW_PAGE_START, "start", N_("Start"), NULL, false},
    [HW_PAGE_ACCOUNT] = {HW_PAGE_ACCOUNT, "account", N_("Account"),
                         N_("Who you are in AWS, and where the cluster will live."), true},
    [HW_PAGE_NETWORK] = {HW_PAGE_NETWORK, "network", N_("Network"),
                         N_("The network that the nodes join, and their fixed addresses."), true},
    [HW_PAGE_DIRECTORY] = {HW_PAGE_DIRECTORY, "directory", N_("Directory"),
                           N_("The domain that the nodes join, and who may reach them."), true},
    [HW_PAGE_IMAGES] = {HW_PAGE_IMAGES, "images", N_("Images"),
                        N_("The Windows images that the nodes start from."), true},
    [HW_PAGE_NODES] = {HW_PAGE_NODES, "nodes", N_("Nodes"),
                       N_("How large and how many the nodes are."), true},
    [HW_PAGE_HPC_PACK] = {HW_PAGE_HPC_PACK, "hpc-pack", N_("HPC Pack"),
                          N_("Which HPC Pack is installed, and for whom."), true},
    [HW_PAGE_SECRETS] = {HW_PAGE_SECRETS, "secrets", N_("Secrets"),
                         N_("Names of Systems Manager parameters; never their values."), true},
    [HW_PAGE_CHECKS] = {HW_PAGE_CHECKS, "checks", N_("Checks"), NULL, false},
    [HW_PAGE_REVIEW] = {HW_PAGE_REVIEW, "review", N_("Review"), NULL, false},
    [HW_PAGE_DEPLOY] = {HW_PAGE_DEPLOY, "deploy", N_("Deploy"), NULL, false},
    [HW_PAGE_LOGS] = {HW_PAGE_LOGS, "logs", N_("Nodes & logs"), NULL, false},
    [HW_PAGE_FINDINGS] = {HW_PAGE_FINDINGS, "findings", N_("Findings"), NULL, false},
};

size_t hw_schema_count(void)
{
    return HW_COUNT(fields);
}

const struct hw_field *hw_schema_at(size_t index)
{
    return index < HW_COUNT(fields) ? &fields[index] : NULL;
}

#define GROUP_PREFIX "nodes.compute."

bool hw_key_group(const char *key, size_t *ret_group)
{
    if (!hw_text_starts(key, GROUP_PREFIX))
        return false;
    const char *number = key + strlen(GROUP_PREFIX);
    size_t digits = strspn(number, "0123456789");
    if (digits == 0 || digits > 4 || (number[digits] != '.' && number[digits] != '\0'))
        return false;
    *ret_group = strtoul(number, NULL, 10);
    return true;
}

char *hw_key_of_group(const char *starred_key, size_t group)
{
    const char *star = strchr(starred_key, '*');
    if (!star)
        return hw_strdup(starred_key);
    return hw_format("%.*s%zu%s", (int)(star - starred_key), starred_key, group, star + 1);
}

const struct hw_field *hw_schema_find(const char *key)
{
    hw_auto_text starred = NULL;
    size_t group;
    if (hw_key_group(key, &group)) {
        const char *rest = strchr(key + strlen(GROUP_PREFIX), '.');
        starred = hw_format(GROUP_PREFIX "*%s", rest ? rest : "");
        key = starred;
    }
    for (size_t i = 0; i < HW_COUNT(fields); i++) {
        if (strcmp(fields[i].key, key) == 0)
            return &fields[i];
    }
    return NULL;
}

const struct hw_page *hw_page(enum hw_page_id id)
{
    return id < HW_PAGE_COUNT ? &pages[id] : NULL;
}

bool hw_page_find(const char *word, enum hw_page_id *ret)
{
    for (size_t i = 0; i < HW_PAGE_COUNT; i++) {
        if (strcmp(pages[i].word, word) == 0) {
            *ret = pages[i].id;
            return true;
        }
    }
    return false;
}

bool hw_place_find(const char *place, enum hw_page_id *ret_page, const struct hw_field **ret_field)
{
    static const char prefix[] = "page:";
    if (hw_text_starts(place, prefix))
        place += strlen(prefix);
    const struct hw_field *field = hw_schema_find(place);
    if (!field && !hw_page_find(place, ret_page))
        return false;
    if (field)
        *ret_page = field->page;
    if (ret_field)
        *ret_field = field;
    return *ret_page < HW_PAGE_COUNT;
}

static bool check_option(const struct hw_field *field, const char *value, struct hw_err *err)
{
    hw_auto(hw_buf) all = HW_BUF(HW_MAX_VALUE);
    for (size_t i = 0; field->options[i]; i++) {
        if (strcmp(field->options[i], value) == 0)
            return true;
        hw_buf_print(&all, "%s%s", i ? ", " : "", field->options[i]);
    }
    return hw_fail(err, HW_ERR_INPUT, _("'%s' is not one of: %s"), value, hw_buf_cstr(&all));
}

static bool check_type(const struct hw_field *field, const char *value, struct hw_err *err)
{
    long number;
    uint32_t address;
    unsigned bits, seconds;
    switch (field->type) {
    case HW_TYPE_INT:
        if (hw_parse_int(value, field->min, field->max, &number))
            return true;
        return hw_fail(err, HW_ERR_INPUT, _("'%s' is not a whole number from %ld to %ld"), value,
                       field->min, field->max);
    case HW_TYPE_CIDR:
        if (hw_parse_cidr(value, &address, &bits))
            return true;
        return hw_fail(err, HW_ERR_INPUT,
                       _("'%s' is not a network in CIDR notation, such as 10.20.0.0/24"), value);
    case HW_TYPE_ADDRESS:
        if (hw_parse_ipv4(value, &address))
            return true;
        return hw_fail(err, HW_ERR_INPUT, _("'%s' is not an IPv4 address, such as 10.20.1.5"),
                       value);
    case HW_TYPE_DURATION:
        if (hw_parse_duration(value, &seconds))
            return true;
        return hw_fail(err, HW_ERR_INPUT,
                       _("'%s' is not a duration up to 12h, such as 30m or 1h30m"), value);
    case HW_TYPE_NAME_OF_SECRET:
        return hw_rule_secret_name(NULL, value, err);
    case HW_TYPE_TEXT:
    case HW_TYPE_BOOL:
    case HW_TYPE_CHOICE:
    case HW_TYPE_MULTI:
    case HW_TYPE_LIST:
    case HW_TYPE_MAP:
        return field->options ? check_option(field, value, err) : true;
    }
    return true;
}

static bool has_control(const char *value)
{
    for (const unsigned char *p = (const unsigned char *)value; *p; p++) {
        if (*p < 0x20 || *p == 0x7F)
            return true;
    }
    return false;
}

static bool check_value(const struct hw_field *field, const struct hw_cluster *cluster,
                        const char *value, struct hw_err *err)
{
    return check_type(field, value, err) && (!field->check || field->check(cluster, value, err));
}

/* Messages begin with the value: of a long one they would have no room for what is wrong. */
static bool check_briefly(const struct hw_field *field, const struct hw_cluster *cluster,
                          const char *value, struct hw_err *err)
{
    enum { SHOWN = 24 };
    struct hw_err brief = {0};
    if (check_value(field, cluster, value, err))
        return true;
    if (strlen(value) <= SHOWN || !err)
        return false;
    hw_auto_text shown = hw_format("%.*s...", (int)hw_text_cut(value, SHOWN), value);
    if (!check_value(field, cluster, shown, &brief))
        *err = brief;
    return false;
}

bool hw_field_check(const struct hw_field *field, const struct hw_cluster *cluster,
                    const char *value, struct hw_err *err)
{
    if (strlen(value) > HW_MAX_VALUE)
        return hw_fail(err, HW_ERR_INPUT, _("the value is longer than %u bytes"), HW_MAX_VALUE);
    if (has_control(value) || !hw_utf8_valid(value, strlen(value)))
        return hw_fail(err, HW_ERR_INPUT, "%s",
                       _("the value holds a control character or is not UTF-8"));
    return check_briefly(field, cluster, value, err);
}

static void man_text(struct hw_buf *out, const char *text)
{
    for (const char *p = text; *p; p++) {
        if (*p == '\\')
            hw_buf_text(out, "\\e");
        else if (*p == '-')
            hw_buf_text(out, "\\-");
        else
            hw_buf_char(out, *p);
    }
}

static void man_field(struct hw_buf *out, const struct hw_field *field)
{
    hw_buf_text(out, ".TP\n.B ");
    man_text(out, field->key);
    hw_buf_text(out, field->required ? " \\fR(required)\n" : "\n");
    man_text(out, field->help);
    if (field->options) {
        hw_buf_text(out, " One of: ");
        for (size_t i = 0; field->options[i]; i++) {
            hw_buf_text(out, i ? ", " : "");
            man_text(out, field->options[i]);
        }
        hw_buf_text(out, ".");
    }
    if (field->list)
        hw_buf_text(out, field->type == HW_TYPE_MAP ? " A mapping." : " A list.");
    if (field->def) {
        hw_buf_text(out, " Default: ");
        man_text(out, field->def);
        hw_buf_text(out, ".");
    } else if (field->example) {
        hw_buf_text(out, " Example: ");
        man_text(out, field->example);
        hw_buf_text(out, ".");
    }
    hw_buf_char(out, '\n');
}

void hw_schema_man(struct hw_buf *out)
{
    for (size_t i = 0; i < HW_COUNT(fields); i++)
        man_field(out, &fields[i]);
}
