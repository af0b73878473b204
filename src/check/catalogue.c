/* SPDX-License-Identifier: Apache-2.0 */
#include "check/check.h"

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
    {"template.region", HW_ERROR, false, N_("user data names no Region"),
     N_("the nodes would speak to another Region")},
    {"account.credentials", HW_ERROR, true, N_("AWS knows who you are"),
     N_("nothing can be deployed")},
    {"account.region", HW_ERROR, true, N_("the Region is enabled"),
     N_("every call would be refused")},
    {"network.vpc", HW_ERROR, true, N_("the VPC is there"), N_("the stacks cannot be made")},
    {"network.subnets", HW_ERROR, true, N_("the subnets are in the VPC"),
     N_("nodes could not reach one another")},
    {"network.zone", HW_ERROR, true, N_("the private zone belongs to the VPC"),
     N_("nodes could not find each other by name")},
    {"access.key-pair", HW_ERROR, true, N_("the key pair is there and is RSA"),
     N_("the Windows password cannot be decrypted")},
    {"images.available", HW_ERROR, true, N_("the images are there"),
     N_("the instance does not start")},
    {"nodes.types", HW_ERROR, true, N_("the zone offers the instance types"),
     N_("the instance does not start")},
    {"secrets.exist", HW_ERROR, true, N_("the named parameters exist"),
     N_("the node finds no password and its set-up fails")},
    {"cost.limit", HW_WARNING, true, N_("the cluster costs no more than the limit"),
     N_("the bill is higher than was meant")},
};

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
