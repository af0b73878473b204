/* SPDX-License-Identifier: Apache-2.0 */
#include "check/check.h"

#include <assert.h>

#include "check/report.h"

/* clang-format off */
/* What the tools beside hpcwiz check before they deploy, and what none of them does, by the numbers
 * of the list that was made of it; and the checks here that answer it.
 *
 *  1 credentials             account.credentials
 *  2 length of the session   account.session
 *  3 clock                   account.clock
 *  4 Region                  account.region
 *  5 caller's permissions    account.permissions
 *  6 instance profile        - the foundation makes it
 *  7 nodes' permissions      account.node-permissions
 *  8 names                   cluster.value, cluster.required
 *  9 stacks that are there   deploy.stacks, deploy.owner
 * 10 name clash, schema      deploy.exports, deploy.owner, template.accepted; else `plan`
 * 11 duplicates, tags        cluster.duplicate, cluster.tags
 * 12 DNS of the VPC          network.dns
 * 13 subnets                 network.subnets, network.spread
 * 14 IPv6-only subnets       network.subnets
 * 15 types in zones          nodes.types, nodes.offered
 * 16 free addresses          network.free-addresses
 * 17 way out                 network.way-out
 * 18 security groups         - the foundation makes them
 * 19 ports between roles     - the foundation opens them
 * 20 open to the world       access.open
 * 21 fixed addresses         network.address, network.addresses-differ
 * 22 zone of what is kept    network.same-zone, deploy.leftovers
 * 23 private zone            network.zone, network.zone-name, network.records
 * 24 directory's DNS         network.dhcp
 * 25 other quotas            access.rules; no address, NAT gateway or VPC is made
 * 26 images                  images.available, .platform, .deprecated, .boot-mode
 * 27 keys of images          images.key
 * 28 root volume             images.root-disk
 * 29 EBS volumes             cluster.value; type and throughput are the templates'
 * 30 instance types          nodes.types, .memory, .generation, .architecture, .small
 * 31 key pair                access.key-pair
 * 32 dry run                 nodes.launch
 * 33 vCPU quotas             nodes.quota-now, nodes.quota
 * 34 capacity reservation    - there is no question for one
 * 35 placement, Spot         nodes.placement, nodes.market
 * 36 KMS keys                secrets.key
 * 37 sizes of groups         nodes.group-size
 * 38 IMDSv2                  images.imds
 * 39 parameters              secrets.exist, secrets.type
 * 40 names of parameters     cluster.value, secrets.distinct
 * 41 secrets that break      secrets.safe: by the pattern SSM holds them to; none is read
 * 42 Region in scripts       template.region
 * 43 media                   hpc.media, hpc.media-region
 * 44 template limits         template.body-size, .resources, .parameters, deploy.bucket,
 *                            deploy.bucket-place
 * 45 user data               template.user-data-size
 * 46 waiting for signals     template.creation-policy, template.signal, nodes.timeouts
 * 47 what failure does       deploy.on-failure
 * 48 imports and order       template.imports
 * 49 certificate             - the head node makes it
 * 50 HPC Pack, OS, SQL       images.versions, .untested, .edition, .windows, .sql
 * 51 directory's names       cluster.value, directory.netbios
 * 52 checks in the guest     - stages of the scripts
 * 53 cost, 54 costly parts   cost.limit; the parts stand in the estimate
 */
/* clang-format on */

/* Offline checks first, in the order of the wizard's pages. */
static const struct hw_check catalogue[] = {
    {"cluster.required", HW_ERROR, false, N_("every required key has a value"),
     N_("the templates cannot be generated")},
    {"cluster.value", HW_ERROR, false, N_("every value has its form"),
     N_("CloudFormation or Windows would refuse it much later")},
    {"cluster.duplicate", HW_ERROR, false, N_("no list names the same thing twice"),
     N_("CloudFormation refuses the list")},
    {"cluster.tags", HW_ERROR, false, N_("tags are few enough and differ"),
     N_("a resource takes 50 tags, each key once")},
    {"network.addresses-differ", HW_ERROR, false, N_("SQL Server and head node differ in address"),
     N_("the second network interface cannot be made")},
    {"network.zone-shadows-domain", HW_WARNING, false,
     N_("the private zone does not hide the domain"),
     N_("a private zone named like the domain answers in its place, and joining it fails")},
    {"network.one-subnet", HW_INFO, false, N_("compute nodes have more than one subnet"),
     N_("with one subnet, a zone without capacity stops the whole group")},
    {"directory.netbios", HW_ERROR, false, N_("the NetBIOS name is a short name"),
     N_("accounts written as DOMAIN\\name would not resolve")},
    {"access.open", HW_WARNING, false, N_("WinRM and Remote Desktop are not open to the world"),
     N_("anyone could try passwords on the nodes")},
    {"images.sql", HW_ERROR, false, N_("the SQL node's public image has SQL Server"),
     N_("the databases could not be made")},
    {"images.windows", HW_ERROR, false, N_("HPC Pack and Windows Server fit"),
     N_("HPC Pack 2016 does not support Windows Server 2022 and later")},
    {"nodes.architecture", HW_ERROR, false, N_("no type is an Arm (Graviton) type"),
     N_("Windows and HPC Pack need x86-64")},
    {"nodes.small", HW_WARNING, false, N_("no node is too small for its role"),
     N_("setup runs out of memory or time")},
    {"nodes.group-size", HW_ERROR, false, N_("fewest <= nodes <= most in each group"),
     N_("Auto Scaling refuses the group")},
    {"nodes.group-names", HW_ERROR, false, N_("compute groups have names of their own"),
     N_("two stacks would have one name")},
    {"nodes.placement", HW_ERROR, false, N_("placement groups take the nodes"),
     N_("EC2 would refuse to launch them")},
    {"nodes.timeouts", HW_WARNING, false, N_("time-outs are longer than an installation takes"),
     N_("CloudFormation would give up on a healthy node")},
    {"secrets.distinct", HW_ERROR, false, N_("user names and passwords are different parameters"),
     N_("a password would be used as a user name")},
    {"deploy.bucket", HW_ERROR, false, N_("large templates have an upload bucket"),
     N_("CloudFormation takes 51,200 bytes directly")},
    {"deploy.on-failure", HW_INFO, false, N_("what happens on failure is stated"),
     N_("failed nodes may be gone when you look for them")},
    {"template.syntax", HW_ERROR, false, N_("generated templates are YAML"),
     N_("CloudFormation refuses them")},
    {"template.body-size", HW_ERROR, false, N_("templates are small enough"),
     N_("CloudFormation takes 1,000,000 bytes from a bucket")},
    {"template.resources", HW_ERROR, false, N_("no stack has over 500 resources"),
     N_("CloudFormation refuses the stack")},
    {"template.parameters", HW_ERROR, false, N_("no stack has over 200 parameters"),
     N_("CloudFormation refuses the stack")},
    {"template.user-data-size", HW_ERROR, false, N_("user data fits into 16,384 bytes"),
     N_("the instance does not start")},
    {"template.pause-time", HW_ERROR, false, N_("update pauses are at most one hour"),
     N_("CloudFormation refuses the group")},
    {"template.timeout", HW_ERROR, false, N_("creation time-outs are at most twelve hours"),
     N_("CloudFormation refuses the group")},
    {"template.interface-and-subnets", HW_ERROR, false,
     N_("a kept network interface goes with a zone, not a subnet"),
     N_("the group cannot start its instance")},
    {"template.substitution", HW_ERROR, false, N_("Fn::Sub names what is there"),
     N_("CloudFormation refuses the template, or a script loses a variable")},
    {"template.split", HW_ERROR, false, N_("Fn::Split has a text to split"),
     N_("CloudFormation refuses the stack")},
    {"template.creation-policy", HW_ERROR, false, N_("a group whose nodes signal waits for them"),
     N_("the stack would be complete before the software is installed")},
    {"template.signal", HW_ERROR, false, N_("nodes signal for their own group"),
     N_("the group would wait until its time-out")},
    {"template.persist", HW_ERROR, false, N_("user data runs once"),
     N_("a restart would begin the installation again")},
    {"template.user-data-tags", HW_ERROR, false, N_("user data is between its tags"),
     N_("Windows would run nothing of it")},
    {"template.helper-region", HW_ERROR, false, N_("cfn-init and cfn-signal are told the Region"),
     N_("they would ask us-east-1, where the stack is not")},
    {"template.init", HW_ERROR, false, N_("cfn-init reads a resource that has files for it"),
     N_("the node would install nothing")},
    {"template.errorlevel", HW_ERROR, false, N_("no command of cfn-init uses %ERRORLEVEL%"),
     N_("a failure would be signalled as success")},
    {"template.imports", HW_ERROR, false, N_("stacks import what earlier ones export"),
     N_("CloudFormation refuses the stack")},
    {"template.region", HW_ERROR, false, N_("user data names no Region"),
     N_("the nodes would speak to another Region")},
    {"account.credentials", HW_ERROR, true, N_("AWS knows who you are"),
     N_("nothing can be deployed")},
    {"account.session", HW_WARNING, true, N_("the credentials outlive a deployment"),
     N_("the deployment could not be watched to its end")},
    {"account.clock", HW_WARNING, true, N_("this machine's clock is right"),
     N_("AWS refuses signatures of a wrong clock")},
    {"account.region", HW_ERROR, true, N_("the Region is enabled"),
     N_("every call would be refused")},
    {"account.permissions", HW_WARNING, true, N_("you may do what a deployment does"),
     N_("a stack would fail half-way and be rolled back")},
    {"account.node-permissions", HW_WARNING, true, N_("nodes may read their secrets and media"),
     N_("their installation stops at the first refusal")},
    {"network.vpc", HW_ERROR, true, N_("the VPC is there"), N_("the stacks cannot be made")},
    {"network.dns", HW_ERROR, true, N_("the VPC resolves names"),
     N_("nodes could not find each other by name")},
    {"network.dhcp", HW_WARNING, true, N_("nodes ask the directory's DNS"),
     N_("joining the domain fails")},
    {"network.subnets", HW_ERROR, true, N_("the subnets are in the VPC"),
     N_("nodes could not reach one another")},
    {"network.spread", HW_INFO, true, N_("the subnets are in several zones"),
     N_("a zone without capacity stops the whole group")},
    {"network.free-addresses", HW_ERROR, true, N_("the subnets have room for all nodes"),
     N_("instances do not start for want of an address")},
    {"network.way-out", HW_ERROR, true, N_("nodes reach CloudFormation, SSM and S3"),
     N_("no signal would arrive and every stack would time out")},
    {"network.address", HW_ERROR, true, N_("fixed addresses are in the subnet and free"),
     N_("the network interface cannot be made")},
    {"network.same-zone", HW_ERROR, true, N_("what is kept is in the first subnet's zone"),
     N_("interface and data volume of a running cluster would be replaced")},
    {"network.zone", HW_ERROR, true, N_("the private zone belongs to the VPC"),
     N_("nodes could not find each other by name")},
    {"network.zone-name", HW_ERROR, true, N_("the zone has the name that is used"),
     N_("Route 53 refuses records of another zone")},
    {"network.records", HW_WARNING, true, N_("the cluster's names are free in the zone"),
     N_("Route 53 refuses a record that is there already")},
    {"access.key-pair", HW_ERROR, true, N_("the key pair is there and is RSA"),
     N_("the Windows password cannot be decrypted")},
    {"access.rules", HW_ERROR, true, N_("access.from fits into a security group"),
     N_("the foundation cannot be made")},
    {"images.available", HW_ERROR, true, N_("the images are there"),
     N_("the instance does not start")},
    {"images.platform", HW_ERROR, true, N_("the images are Windows for x86-64"),
     N_("user data and scripts would not run")},
    {"images.deprecated", HW_WARNING, true, N_("no image is deprecated"),
     N_("its owner may take it away, and it lacks updates")},
    {"images.versions", HW_ERROR, true, N_("HPC Pack runs on these Windows and SQL Server"),
     N_("its setup refuses")},
    {"images.untested", HW_WARNING, true, N_("HPC Pack names these systems as its own"),
     N_("nobody has proven that it works there")},
    {"images.edition", HW_ERROR, true, N_("the SQL node's image has SQL Server"),
     N_("the databases could not be made")},
    {"images.root-disk", HW_ERROR, true, N_("the first disks fit into the nodes' disks"),
     N_("the instance does not start")},
    {"images.boot-mode", HW_ERROR, true, N_("the types boot the images"),
     N_("the instance does not start")},
    {"images.imds", HW_WARNING, true, N_("the images are new enough for IMDSv2"),
     N_("user data would not be read")},
    {"images.key", HW_WARNING, true, N_("Auto Scaling may use the keys of encrypted images"),
     N_("its instances end right after they start")},
    {"nodes.types", HW_ERROR, true, N_("the zone offers the instance types"),
     N_("the instance does not start")},
    {"nodes.offered", HW_WARNING, true, N_("every zone offers the compute types"),
     N_("nodes start in some of the subnets only")},
    {"nodes.memory", HW_WARNING, true, N_("SQL and head have 4 vCPU and 16 GiB"),
     N_("setup runs out of memory or time")},
    {"nodes.generation", HW_INFO, true, N_("the types are current ones"),
     N_("older types cost more for the same work")},
    {"nodes.market", HW_ERROR, true, N_("types come as Spot and into placement groups"),
     N_("the instance does not start")},
    {"nodes.quota-now", HW_ERROR, true, N_("the vCPU quotas let all nodes start"),
     N_("the last nodes never start and the stack times out")},
    {"nodes.quota", HW_WARNING, true, N_("the vCPU quotas allow the full size"),
     N_("groups stop growing before they are full")},
    {"nodes.launch", HW_ERROR, true, N_("EC2 would start each node (dry run)"),
     N_("the instance does not start")},
    {"hpc.media", HW_ERROR, true, N_("the install media are there"),
     N_("the head node has nothing to install")},
    {"hpc.media-region", HW_WARNING, true, N_("the media are in the cluster's Region"),
     N_("fetching them is slow, and refused through an endpoint")},
    {"secrets.exist", HW_ERROR, true, N_("the named parameters exist"),
     N_("the node finds no password and its set-up fails")},
    {"cost.limit", HW_WARNING, true, N_("the cluster costs no more than the limit"),
     N_("the bill is higher than was meant")},
    {"secrets.type", HW_ERROR, true, N_("passwords are SecureString"),
     N_("they could be read by everyone who sees the parameters")},
    {"secrets.key", HW_ERROR, true, N_("the keys of the parameters are usable"),
     N_("the node cannot decrypt its password")},
    {"secrets.safe", HW_INFO, true, N_("passwords are safe in connection strings"),
     N_("a ; or a quote cuts a connection string or command line in two")},
    {"deploy.stacks", HW_ERROR, true, N_("no stack is left in a dead end"),
     N_("CloudFormation refuses to update it")},
    {"deploy.owner", HW_ERROR, true, N_("the stacks' names are free or the cluster's"),
     N_("somebody else's stack would be replaced")},
    {"deploy.exports", HW_ERROR, true, N_("the exports' names are free"),
     N_("the foundation cannot be made")},
    {"deploy.leftovers", HW_INFO, true, N_("nothing is left of an earlier cluster"),
     N_("it costs money, and may be what you look for")},
    {"deploy.bucket-place", HW_ERROR, true, N_("the upload bucket is in the Region"),
     N_("CloudFormation cannot read the templates")},
    {"template.accepted", HW_ERROR, true, N_("CloudFormation accepts the templates"),
     N_("the change set fails")},
};

static_assert(HW_COUNT(catalogue) <= HW_MAX_CHECKS, "a report has a place for each check");

size_t hw_check_count(void)
{
    return HW_COUNT(catalogue);
}

const struct hw_check *hw_check_at(size_t index)
{
    return index < HW_COUNT(catalogue) ? &catalogue[index] : NULL;
}

bool hw_check_known(const char *id)
{
    for (size_t i = 0; i < HW_COUNT(catalogue); i++) {
        if (strcmp(catalogue[i].id, id) == 0)
            return true;
    }
    return false;
}
