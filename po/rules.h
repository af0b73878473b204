/* SPDX-License-Identifier: Apache-2.0 */
/* Made of templates/rules and templates/tests for xgettext; not compiled. */
/* xgettext:no-c-format */
N_("AWS has no {type|instance of this type} free in {zone|the zone}")
/* xgettext:no-c-format */
N_("The group could not start an instance: AWS has at this moment no capacity for {type|its instance type} in {zone|the Availability Zone of the subnet}. It is no fault of the cluster.")
/* xgettext:no-c-format */
N_("Wait a while; often there is room again within the hour")
/* xgettext:no-c-format */
N_("Or choose another instance type (Enter), or a subnet in another zone")
/* xgettext:no-c-format */
N_("For nodes that must start at a fixed time reserve the capacity (On-Demand Capacity Reservation)")
/* xgettext:no-c-format */
N_("The account's quota of vCPUs is used up")
/* xgettext:no-c-format */
N_("The group could not start an instance: it would exceed the quota {limit|} of running On-Demand vCPUs of this account in this region.")
/* xgettext:no-c-format */
N_("Ask for a higher quota in Service Quotas, EC2, \"Running On-Demand Standard instances\"")
/* xgettext:no-c-format */
N_("Or choose a smaller type (Enter) or fewer nodes")
/* xgettext:no-c-format */
N_("The instance type {type|chosen} is not offered in {zone|this zone}")
/* xgettext:no-c-format */
N_("EC2 does not offer {type|this type} in {zone|the zone of the subnet}.")
/* xgettext:no-c-format */
N_("Choose a type that the zone offers (Enter), or a subnet in another zone")
/* xgettext:no-c-format */
N_("The image {image|of the node} cannot be used")
/* xgettext:no-c-format */
N_("The image {image|that the file names} does not exist in this region, was deleted, or is not shared with this account.")
/* xgettext:no-c-format */
N_("Choose another image (Enter), or an \"ssm:\" path, which always leads to the newest")
/* xgettext:no-c-format */
N_("The key of an encrypted volume may not be used by the group")
/* xgettext:no-c-format */
N_("The instance started and stopped at once: its volumes are encrypted with a KMS key whose policy does not let Auto Scaling use it.")
/* xgettext:no-c-format */
N_("Allow AWSServiceRoleForAutoScaling in the key's policy to use the key and to create grants")
/* xgettext:no-c-format */
N_("The fixed address {address|of the node} is taken")
/* xgettext:no-c-format */
N_("The address {address|} is held by something else in the subnet, perhaps by the interface of an instance that is not terminated yet.")
/* xgettext:no-c-format */
N_("Look in EC2, Network interfaces, for what holds the address")
/* xgettext:no-c-format */
N_("Free it, or choose another address (Enter)")
/* xgettext:no-c-format */
N_("You may not do {operation|what the stack needs}")
/* xgettext:no-c-format */
N_("CloudFormation acts with your rights, and they do not include {operation|this operation}.")
/* xgettext:no-c-format */
N_("Have {operation|the operation} allowed for the identity that deploys")
/* xgettext:no-c-format */
N_("Nothing was heard of the node in time ({resource|its group})")
/* xgettext:no-c-format */
N_("Of {resource} CloudFormation heard nothing before the time-out ended, neither success nor failure (signals missing: {missing|all}). The script hangs, never started, or cannot reach CloudFormation.")
/* xgettext:no-c-format */
N_("Without any log see the console output of the instance")
/* xgettext:no-c-format */
N_("Look at the last stage in the node's log; it is the one that hangs")
/* xgettext:no-c-format */
N_("See that the subnet reaches the CloudFormation endpoint (NAT or VPC endpoint), above all when there is no log")
/* xgettext:no-c-format */
N_("Give it more time when it was only slow (Enter)")
/* xgettext:no-c-format */
N_("Does Windows on {node} wait for a restart?")
/* xgettext:no-c-format */
N_("{node} has to be restarted before anything more can be installed on it.")
/* xgettext:no-c-format */
N_("Restart the instance in the EC2 console; the installation goes on after it")
/* xgettext:no-c-format */
N_("Has the system drive of {node} 5 GiB free?")
/* xgettext:no-c-format */
N_("The system drive of {node} is full.")
/* xgettext:no-c-format */
N_("Choose an image with a larger system volume, or one with fewer things on it")
/* xgettext:no-c-format */
N_("Does {node} reach the head node on port 445 (SMB)?")
/* xgettext:no-c-format */
N_("{node} is well and reaches the head node; what hangs is the program that it runs.")
/* xgettext:no-c-format */
N_("Read the last lines of {node} on the page Nodes & logs; they name the program")
/* xgettext:no-c-format */
N_("When new ones hang too, look at a screenshot of the instance in the EC2 console, and give the stage more time (timeouts)")
/* xgettext:no-c-format */
N_("{node} does not reach the head node, and waits for it.")
/* xgettext:no-c-format */
N_("See on the page Nodes & logs that the head node runs and has finished its stages")
/* xgettext:no-c-format */
N_("See that nobody took the rules of the cluster's security group away (hpcwiz status FILE --drift tells)")
/* xgettext:no-c-format */
N_("A node of {resource|a group} reported that its installation failed")
/* xgettext:no-c-format */
N_("A node sent FAILURE to CloudFormation, so the stack failed at once. The reason stands in the node's log, at the stage {failed_stage|that came last}.")
/* xgettext:no-c-format */
N_("See the finding for the node, or read the last lines of its install log")
/* xgettext:no-c-format */
N_("To look at the machine itself when it fails again, press o on the page Review before you deploy (deploy.on_failure: keep in the file)")
/* xgettext:no-c-format */
N_("The parameter {parameter|of a secret} does not exist")
/* xgettext:no-c-format */
N_("Parameter Store of this account and region has no {parameter|such parameter}. A name is exact: a missing slash at its beginning or a blank makes it another one.")
/* xgettext:no-c-format */
N_("List the names with aws ssm describe-parameters and compare")
/* xgettext:no-c-format */
N_("Make the parameter, with its old value if it had one (type SecureString; F7 on the page Secrets makes it), or correct its name (Enter)")
/* xgettext:no-c-format */
N_("The node may not read a secret")
/* xgettext:no-c-format */
N_("The role of the node lacks ssm:GetParameter on {parameter|the parameter that it asked for}.")
/* xgettext:no-c-format */
N_("Compare the names in the section secrets with the role's policy; the policy lists exactly them")
/* xgettext:no-c-format */
N_("See whether a boundary, a service control policy or the endpoint's policy forbids it")
/* xgettext:no-c-format */
N_("The node may not decrypt a secret")
/* xgettext:no-c-format */
N_("The parameter is encrypted with a KMS key that the role of the node may not use.")
/* xgettext:no-c-format */
N_("Allow kms:Decrypt on the key for the role of the nodes, in the key's policy or the role's")
/* xgettext:no-c-format */
N_("The clock of the node is wrong")
/* xgettext:no-c-format */
N_("The clock of {node|the node} differs by more than five minutes, so AWS and Kerberos refuse it.")
/* xgettext:no-c-format */
N_("Let the time service of the image ask 169.254.169.123, or the domain")
/* xgettext:no-c-format */
N_("Is the clock of {node} right now?")
/* xgettext:no-c-format */
N_("The clock of {node} is right by now; it was set after the failure.")
/* xgettext:no-c-format */
N_("Set the time service in the image when it happens again")
/* xgettext:no-c-format */
N_("The clock of {node} is still wrong.")
/* xgettext:no-c-format */
N_("Let the time service of the image ask 169.254.169.123, and see that no policy of the domain names a time source that cannot be reached")
/* xgettext:no-c-format */
N_("The node cannot reach CloudFormation")
/* xgettext:no-c-format */
N_("cfn-init or cfn-signal got no answer: the subnet has neither a NAT gateway nor a VPC endpoint for CloudFormation, or the endpoint's security group blocks port 443.")
/* xgettext:no-c-format */
N_("Give the subnet a route to a NAT gateway, or the VPC an interface endpoint for CloudFormation")
/* xgettext:no-c-format */
N_("Allow port 443 from the nodes in the endpoint's security group")
/* xgettext:no-c-format */
N_("Does {node} find an address for the endpoint of CloudFormation?")
/* xgettext:no-c-format */
N_("The name servers that {node} asks do not know the names of AWS.")
/* xgettext:no-c-format */
N_("Let the name servers of the VPC forward {aws_domain} to the Route 53 Resolver")
/* xgettext:no-c-format */
N_("Does the endpoint of CloudFormation answer {node} on port 443?")
/* xgettext:no-c-format */
N_("The endpoint answers {node} now; it did not when the stage ran.")
/* xgettext:no-c-format */
N_("Nothing is left to mend; the endpoint can be reached")
/* xgettext:no-c-format */
N_("No way leads from the subnet of {node} to CloudFormation.")
/* xgettext:no-c-format */
N_("Give the subnet a route to a NAT gateway, or make interface endpoints for cloudformation, ssm and ec2 in the VPC, and a gateway endpoint for s3")
/* xgettext:no-c-format */
N_("The image lacks the CloudFormation helper scripts")
/* xgettext:no-c-format */
N_("Windows does not know {helper|cfn-init.exe}: the image was made without aws-cfn-bootstrap.")
/* xgettext:no-c-format */
N_("Install aws-cfn-bootstrap-py3-win64-latest.exe in the image, or use an image of AWS (Enter)")
/* xgettext:no-c-format */
N_("EC2 does not support this combination of instance type, image and options")
/* xgettext:no-c-format */
N_("{resource} could not start an instance: type, image, placement group and EBS optimisation do not go together, or the image is made for another processor.")
/* xgettext:no-c-format */
N_("Compare the architecture of the image with that of the type; Windows and HPC Pack need x86_64")
/* xgettext:no-c-format */
N_("Choose another type (Enter) or another image, or leave the placement group out")
/* xgettext:no-c-format */
N_("The image {image|of the nodes} is still being made")
/* xgettext:no-c-format */
N_("EC2 starts no instance from {image} before its state is \"available\".")
/* xgettext:no-c-format */
N_("Wait until EC2, AMIs shows it as available; an image of Windows takes up to an hour")
/* xgettext:no-c-format */
N_("The network interface {interface|of the node} is still in use")
/* xgettext:no-c-format */
N_("The fixed interface {interface|} still belongs to an instance that is not terminated yet, or a second instance wants it: only one instance at a time can hold it.")
/* xgettext:no-c-format */
N_("Look in EC2, Network interfaces, for the instance that holds it and wait until it is terminated")
/* xgettext:no-c-format */
N_("See that the Auto Scaling group has no more than one instance")
/* xgettext:no-c-format */
N_("The {thing|security group or key pair} {name|} does not exist")
/* xgettext:no-c-format */
N_("The {thing|security group or key pair} {name|that the file names} is not there: it was deleted, or it belongs to another region or another VPC.")
/* xgettext:no-c-format */
N_("Choose one that the account has in this region and, for a security group, in this VPC")
/* xgettext:no-c-format */
N_("The image and the volumes of the node do not go together")
/* xgettext:no-c-format */
N_("The block devices of {resource} do not fit its image: {what|a virtual device is invalid} {device|}.")
/* xgettext:no-c-format */
N_("On Windows the root is /dev/sda1 and data volumes are xvdf to xvdp")
/* xgettext:no-c-format */
N_("Use an image that was made from one of AWS's Windows images (Enter)")
/* xgettext:no-c-format */
N_("AWS has no Spot capacity at this price")
/* xgettext:no-c-format */
N_("{resource} wants Spot instances, and there is no capacity for them, or the price is above the one that was allowed.")
/* xgettext:no-c-format */
N_("Wait, or allow another instance type or another zone")
/* xgettext:no-c-format */
N_("Or let the group be On-Demand (Enter)")
/* xgettext:no-c-format */
N_("The placement group has no room for all its instances")
/* xgettext:no-c-format */
N_("A cluster placement group keeps its instances close together, and AWS cannot place all that {resource} wants. Several types in one group, or instances added later, make it worse.")
/* xgettext:no-c-format */
N_("Take one instance type for the whole group, with fewer or smaller instances")
/* xgettext:no-c-format */
N_("Or deploy without the placement group (Enter)")
/* xgettext:no-c-format */
N_("Instances that run in the group already: stop them all and start them together")
/* xgettext:no-c-format */
N_("CloudFormation cannot read the parameter {parameter|that the template names}")
/* xgettext:no-c-format */
N_("Parameter Store of this account and region has no {parameter|such parameter} of type String. A missing slash or a blank makes it another name; a SecureString cannot be read in this way.")
/* xgettext:no-c-format */
N_("List the names with aws ssm describe-parameters and compare them letter by letter")
/* xgettext:no-c-format */
N_("Correct the name (Enter), or name an image by its id")
/* xgettext:no-c-format */
N_("A secret stands where CloudFormation reads none")
/* xgettext:no-c-format */
N_("CloudFormation resolves a SecureString in few properties only; user data and template parameters are not among them.")
/* xgettext:no-c-format */
N_("Take the reference {parameter|} out of the template; the nodes of hpcwiz fetch secrets themselves")
/* xgettext:no-c-format */
N_("Generate the templates again")
/* xgettext:no-c-format */
N_("The user data of {resource|a node} is too long")
/* xgettext:no-c-format */
N_("EC2 takes {limit|16384} bytes of user data, counted before base64; the launch template has more.")
/* xgettext:no-c-format */
N_("Move scripts out of the user data, to S3 or into cfn-init files; the templates of hpcwiz do so")
/* xgettext:no-c-format */
N_("The template of {stack|the stack} is too long to be sent directly")
/* xgettext:no-c-format */
N_("CloudFormation takes a template of 51,200 bytes within a request, and of 1 MB from S3.")
/* xgettext:no-c-format */
N_("Name a bucket of yours (Enter), so that hpcwiz uploads the templates first")
/* xgettext:no-c-format */
N_("Or have fewer compute groups in one cluster")
/* xgettext:no-c-format */
N_("The deployment lacks the consent to make IAM resources")
/* xgettext:no-c-format */
N_("The template makes roles, and CloudFormation wants the deployer to say that this is meant: {capability}.")
/* xgettext:no-c-format */
N_("Deploy with --capabilities {capability}; hpcwiz and its deploy.sh do so themselves")
/* xgettext:no-c-format */
N_("A property of the template has the wrong form: {property|see the message}")
/* xgettext:no-c-format */
N_("{property|A property} of {resource|a resource} must be {shape|of another form}; a single text stands there.")
/* xgettext:no-c-format */
N_("Security groups are lists; the instance profile of a launch template is an object with Name or Arn")
/* xgettext:no-c-format */
N_("Generate the templates again if they were changed by hand")
/* xgettext:no-c-format */
N_("Windows found no script in the user data")
/* xgettext:no-c-format */
N_("The user data arrived, but the agent found no script in it: the text is not in base64, the tags are missing or not in lower case, or <persist> is empty.")
/* xgettext:no-c-format */
N_("The user data must begin with <powershell> and end with </powershell>, in lower case")
/* xgettext:no-c-format */
N_("The node signals to a stack that is not there")
/* xgettext:no-c-format */
N_("cfn-signal or cfn-init asked for {stack_id|a stack} and was told that it does not exist. Without --region the helpers ask in us-east-1; or the stack was deleted meanwhile.")
/* xgettext:no-c-format */
N_("See that the call names --region with the region of the stack and its full name")
/* xgettext:no-c-format */
N_("A bucket is asked in the wrong region")
/* xgettext:no-c-format */
N_("S3 answered PermanentRedirect: the bucket lies in another region than the one that was asked.")
/* xgettext:no-c-format */
N_("Look up the bucket's region with aws s3api get-bucket-location")
/* xgettext:no-c-format */
N_("Name its regional endpoint, or copy the objects into a bucket of this region")
/* xgettext:no-c-format */
N_("The policy of a VPC endpoint forbids the access to S3")
/* xgettext:no-c-format */
N_("The subnet reaches S3 through a VPC endpoint whose policy does not allow this bucket, for example because it allows buckets of this account alone (s3:ResourceAccount).")
/* xgettext:no-c-format */
N_("Allow the bucket of the media, and the buckets of CloudFormation and of AWS's software in this region, in the policy of the endpoint")
/* xgettext:no-c-format */
N_("The certificate cannot be used by HPC Pack")
/* xgettext:no-c-format */
N_("setup.exe ended with 13818: it refuses the certificate. HPC Pack needs a key made for key exchange (KeySpec 1) in a legacy provider, with the usages digital signature and key encipherment, for server and client authentication, in LocalMachine\\My.")
/* xgettext:no-c-format */
N_("Give another name for the certificate (Enter): when none of that name is there, the head node makes one with the right kind of key")
/* xgettext:no-c-format */
N_("Or take the unfit one out of Cert:\\LocalMachine\\My of the image, or make it anew with New-SelfSignedCertificate -KeySpec KeyExchange and the provider \"Microsoft Enhanced RSA and AES Cryptographic Provider\"")
/* xgettext:no-c-format */
N_("The certificate is not in the computer's store")
/* xgettext:no-c-format */
N_("The certificate {thumbprint|that setup was told to use} is not in Cert:\\LocalMachine\\My of {node|the node}. The import has failed, or it went into the store of a user.")
/* xgettext:no-c-format */
N_("Import the PFX with Import-PfxCertificate -CertStoreLocation Cert:\\LocalMachine\\My, and its public part into Cert:\\LocalMachine\\Root")
/* xgettext:no-c-format */
N_("Look above this line in the log for an error of Import-PfxCertificate")
/* xgettext:no-c-format */
N_("See that the parameter of the PFX password is the right one (Enter)")
/* xgettext:no-c-format */
N_("Is the certificate of HPC Pack in the store of {node}?")
/* xgettext:no-c-format */
N_("A valid certificate is there by now; HPC Pack looks for another one.")
/* xgettext:no-c-format */
N_("Compare its thumbprint with the one that the evidence names")
/* xgettext:no-c-format */
N_("The certificate is not in the store of {node}, or cannot be used.")
/* xgettext:no-c-format */
N_("See on the page Nodes & logs that the head node has finished its stage share-certificate")
/* xgettext:no-c-format */
N_("The certificate file cannot be opened with its password")
/* xgettext:no-c-format */
N_("The PFX file does not open. Either the password behind secrets.certificate_password is not the one it was made with, or it is encrypted with AES-256, which Windows before Server 2019 reports with the same words.")
/* xgettext:no-c-format */
N_("Compare the time of the PFX file and of the parameter's last change in Parameter Store")
/* xgettext:no-c-format */
N_("On Windows Server 2016 the file must be encrypted with TripleDES_SHA1 (Export-PfxCertificate -CryptoAlgorithmOption), or take a newer Windows")
/* xgettext:no-c-format */
N_("Delete a PFX file that has another password; the head node makes a new one")
/* xgettext:no-c-format */
N_("A node does not trust the other's certificate")
/* xgettext:no-c-format */
N_("The certificate of the other side is self-signed and its public part is not in Cert:\\LocalMachine\\Root of {node|this node}, or the two nodes hold different certificates.")
/* xgettext:no-c-format */
N_("Compare the thumbprints on the head node and here")
/* xgettext:no-c-format */
N_("Import the head node's HpcHnPublicCert.cer (share REMINST, folder Certificates) into Cert:\\LocalMachine\\Root")
/* xgettext:no-c-format */
N_("Look in the log of the head node which certificate its stage certificate took; all nodes need that one")
/* xgettext:no-c-format */
N_("The key of the certificate is of the wrong kind: {kind|not made for key exchange}")
/* xgettext:no-c-format */
N_("HPC Pack can use a key that was made for key exchange (AT_KEYEXCHANGE, KeySpec 1) in a legacy provider, and this one is {kind|another}. A key cannot be converted.")
/* xgettext:no-c-format */
N_("The node manager does not find the certificate that it was told to use")
/* xgettext:no-c-format */
N_("The registry of {node|the node} (HKLM\\SOFTWARE\\Microsoft\\HPC, SSLThumbprint) names the certificate {thumbprint|}, which is not in LocalMachine\\My. So the head node shows the node as Unreachable.")
/* xgettext:no-c-format */
N_("Compare SSLThumbprint on this node with the certificates in Cert:\\LocalMachine\\My and with the head node's")
/* xgettext:no-c-format */
N_("Import the right PFX, or correct the registry, and restart the HPC services")
/* xgettext:no-c-format */
N_("See in the log of the head node that its stage share-certificate is done, and which thumbprint it names")
/* xgettext:no-c-format */
N_("A certificate was refused by the other side")
/* xgettext:no-c-format */
N_("{node|The node} reached its peer, and the peer's certificate has a name or an issuer that is not accepted here: it is self-signed and not in LocalMachine\\Root, or its name is another one.")
/* xgettext:no-c-format */
N_("Import the public part of the other's (share REMINST, folder Certificates) into Cert:\\LocalMachine\\Root")
/* xgettext:no-c-format */
N_("In HKLM\\SOFTWARE\\Microsoft\\HPC, CertificateValidationType 1 bypasses the check of the name, 0 of name and issuer")
/* xgettext:no-c-format */
N_("One certificate on all nodes is simplest: compare the thumbprints in the logs of the head node and of this one")
/* xgettext:no-c-format */
N_("The nodes hold different certificates")
/* xgettext:no-c-format */
N_("The certificate of {node|this node} is not the one that the head node was installed with. A script that makes it anew at every start overwrites the PFX file that the other nodes fetch.")
/* xgettext:no-c-format */
N_("Compare the thumbprints in the log of the head node and in this one")
/* xgettext:no-c-format */
N_("Make the certificate once and keep it; publish the head node's with Set-HpcInstallCertificate")
/* xgettext:no-c-format */
N_("Nodes that hold the other one have to be made anew")
/* xgettext:no-c-format */
N_("The private key of the certificate cannot be exported")
/* xgettext:no-c-format */
N_("The certificate was imported without -Exportable, so the head node cannot write the PFX file that the other nodes need.")
/* xgettext:no-c-format */
N_("Import the PFX on the head node again with Import-PfxCertificate -Exportable")
/* xgettext:no-c-format */
N_("Take the certificate that cannot be exported out of the image, or answer another name for it (Enter); the head node makes its own so that it can be exported")
/* xgettext:no-c-format */
N_("A service cannot read the private key of the certificate")
/* xgettext:no-c-format */
N_("The certificate is there, but its key file under %ProgramData%\\Microsoft\\Crypto\\RSA\\MachineKeys is missing or gives the service no right to read it.")
/* xgettext:no-c-format */
N_("Give the same rights on this node")
/* xgettext:no-c-format */
N_("Import the PFX again into LocalMachine\\My when the file is missing, and restart the services")
/* xgettext:no-c-format */
N_("In an image of your own give Administrators full control of the key files, with HPC Pack 2016 NETWORK SERVICE too")
/* xgettext:no-c-format */
N_("The monitoring client of HPC Pack does not start")
/* xgettext:no-c-format */
N_("The monitoring client failed to initialize, mostly because Windows' performance counters are damaged or closed to it. Jobs run nevertheless; heat map and load are missing.")
/* xgettext:no-c-format */
N_("Run lodctr /R, then restart the service HpcMonitoringClient")
/* xgettext:no-c-format */
N_("Install the newest update of HPC Pack")
/* xgettext:no-c-format */
N_("The services stumble over registry rights left by an upgrade")
/* xgettext:no-c-format */
N_("After an upgrade from HPC Pack 2016 the services cannot set a checkpoint on a key of the registry ({message|HpcScheduler\\Security}) and start over and over. No remedy is confirmed.")
/* xgettext:no-c-format */
N_("Keep the logs in %CCP_DATA%LogFiles for Microsoft")
/* xgettext:no-c-format */
N_("Install HPC Pack 2019 afresh on a new head node, with the databases restored or new")
/* xgettext:no-c-format */
N_("The node data in the database HPCManagement contradict each other")
/* xgettext:no-c-format */
N_("HpcManagement reads its nodes from the database HPCManagement and finds entries that lead nowhere, so it does not start.")
/* xgettext:no-c-format */
N_("Restore the database from a backup, or clean it up as Microsoft's article \"HPC Management Service does not start\" says")
/* xgettext:no-c-format */
N_("On a new cluster start with empty databases")
/* xgettext:no-c-format */
N_("{peer|Another node} does not answer")
/* xgettext:no-c-format */
N_("{node|The node} sent to {peer|its peer} and got no answer at all: a security group or a firewall drops the packets, the name leads to an old address, or the machine is down.")
/* xgettext:no-c-format */
N_("On this node run Test-NetConnection with the name and the port")
/* xgettext:no-c-format */
N_("See that one security group allows all traffic among the nodes, in both directions")
/* xgettext:no-c-format */
N_("Compare the address that the name leads to with the instance's")
/* xgettext:no-c-format */
N_("A node {name|of this name} is in the cluster already")
/* xgettext:no-c-format */
N_("A machine was replaced by one with the same name, and the head node still has the old entry.")
/* xgettext:no-c-format */
N_("Restart the HPC services of the new node after that")
/* xgettext:no-c-format */
N_("On the head node remove the old entry with Set-HpcNodeState -State Offline -Force and Remove-HpcNode")
/* xgettext:no-c-format */
N_("HPC Pack finds no network adapter that it could use")
/* xgettext:no-c-format */
N_("HPC Pack wants an adapter with IP and DHCP switched on. A fixed address that was typed into Windows takes DHCP away.")
/* xgettext:no-c-format */
N_("Let Windows take the address by DHCP; the interface in EC2 keeps it fixed all the same")
/* xgettext:no-c-format */
N_("A script asked for the network adapter \"{adapter|E}\", the first letter of its name")
/* xgettext:no-c-format */
N_("With a single adapter .Name[0] is the first letter of its name and not the first name. So Set-HpcNetwork looks for \"{adapter}\".")
/* xgettext:no-c-format */
N_("In the script write @($nic)[0].Name")
/* xgettext:no-c-format */
N_("The head node does not know this node yet")
/* xgettext:no-c-format */
N_("Set-up ended, and the node did not appear in the cluster: it needs a minute, or it was given the name of another head node.")
/* xgettext:no-c-format */
N_("Compare ClusterConnectionString in HKLM\\SOFTWARE\\Microsoft\\HPC with the head node's name")
/* xgettext:no-c-format */
N_("See that HpcManagement runs on this node")
/* xgettext:no-c-format */
N_("See that the ports of the head node are open to this one, and that the head node runs")
/* xgettext:no-c-format */
N_("{node|The node} is not approved by the head node")
/* xgettext:no-c-format */
N_("The node waits for the head node to assign a node template and to bring it online. The task that does so each minute on the head node found no template, or it does not run.")
/* xgettext:no-c-format */
N_("By hand, run Assign-HpcNodeTemplate and Set-HpcNodeState -State Online on the head node")
/* xgettext:no-c-format */
N_("On the head node look at the state of the node in HPC Cluster Manager, and at the task of hpcwiz in the Task Scheduler")
/* xgettext:no-c-format */
N_("See that the template that the file names exists (Enter)")
/* xgettext:no-c-format */
N_("A node template could not be assigned")
/* xgettext:no-c-format */
N_("Assign-HpcNodeTemplate asks for confirmation, which nobody can give here, or the node is online.")
/* xgettext:no-c-format */
N_("In a script of your own call it with -Confirm:$false, and set the node offline first with Set-HpcNodeState -State Offline")
/* xgettext:no-c-format */
N_("The role of a node cannot change while it is online")
/* xgettext:no-c-format */
N_("Set-HpcNode changes roles of offline nodes only. A script that runs a second time meets the node online.")
/* xgettext:no-c-format */
N_("Change nothing where the role is right already")
/* xgettext:no-c-format */
N_("Otherwise Set-HpcNodeState -State Offline, Set-HpcNode, Set-HpcNodeState -State Online")
/* xgettext:no-c-format */
N_("PowerShell does not find the cmdlets of HPC Pack")
/* xgettext:no-c-format */
N_("HPC Pack's cmdlets, {cmdlet|Get-HpcNode} among them, need Windows PowerShell 5.1 in 64 bits, and the environment that set-up has just changed.")
/* xgettext:no-c-format */
N_("Use powershell.exe of System32, not pwsh and not the one of SysWOW64")
/* xgettext:no-c-format */
N_("Read Path and CCP_HOME again after set-up, then Import-Module \"$env:CCP_HOME\\Bin\\ccppsh.dll\"")
/* xgettext:no-c-format */
N_("CycleCloud took a restart for a failure")
/* xgettext:no-c-format */
N_("The node restarts, as set-up asked for, and CycleCloud does not expect that state.")
/* xgettext:no-c-format */
N_("Retry the node in CycleCloud; it goes on where it was")
/* xgettext:no-c-format */
N_("HPC Pack's services did not answer after set-up")
/* xgettext:no-c-format */
N_("Set-up ended well, and the services of the head node did not answer in time. They start slowly on a small instance; without their databases or their certificate they do not start at all.")
/* xgettext:no-c-format */
N_("On the head node run Get-Service Hpc* and look into the Application log for the first error")
/* xgettext:no-c-format */
N_("See that SQL Server answers from there, and that the certificate is in LocalMachine\\My")
/* xgettext:no-c-format */
N_("See that SQL Server runs and has finished its stages")
/* xgettext:no-c-format */
N_("Choose a larger instance when they were only slow (Enter)")
/* xgettext:no-c-format */
N_("Does the management service of HPC Pack run on {node}?")
/* xgettext:no-c-format */
N_("The service runs by now; it only needed longer than the stage waited.")
/* xgettext:no-c-format */
N_("Choose a larger instance type, which is faster (Enter)")
/* xgettext:no-c-format */
N_("Does SQL Server answer {node} at {sql_host}?")
/* xgettext:no-c-format */
N_("The service does not run although SQL Server answers.")
/* xgettext:no-c-format */
N_("Read what the service wrote (o opens the log at the evidence)")
/* xgettext:no-c-format */
N_("The service cannot run without its databases, and SQL Server does not answer.")
/* xgettext:no-c-format */
N_("See on the page Nodes & logs that the SQL node runs and has finished its stages")
/* xgettext:no-c-format */
N_("The Active Directory domain {domain|} cannot be found")
/* xgettext:no-c-format */
N_("No domain controller of {domain|the domain} answered. The node asks a name server that does not know the domain, or the ports of Active Directory are closed.")
/* xgettext:no-c-format */
N_("On the node run nslookup -type=SRV _ldap._tcp.dc._msdcs.{domain|<domain>}")
/* xgettext:no-c-format */
N_("See that the DHCP options of the VPC name the domain's name servers, or that a Route 53 Resolver rule forwards the domain to them")
/* xgettext:no-c-format */
N_("Open 53, 88, 135, 389, 445, 464, 636, 3268 and 49152-65535 to the domain controllers")
/* xgettext:no-c-format */
N_("Does {node} find an address for the domain {domain}?")
/* xgettext:no-c-format */
N_("The name servers that {node} asks do not know {domain}.")
/* xgettext:no-c-format */
N_("Let the DHCP options of the VPC name the domain's own name servers, or make a Route 53 Resolver rule that forwards {domain} to them, and associate it with the VPC")
/* xgettext:no-c-format */
N_("See that the name of the domain is written correctly")
/* xgettext:no-c-format */
N_("Does a domain controller of {domain} answer on port 389 (LDAP)?")
/* xgettext:no-c-format */
N_("The name is found, but no domain controller lets {node} in.")
/* xgettext:no-c-format */
N_("Open 53, 88, 135, 389, 445, 464, 636, 3268 and 49152-65535 (TCP and UDP) from the nodes' subnets in the security group and the firewall of the domain controllers")
/* xgettext:no-c-format */
N_("See that a route leads from the nodes' subnets to them and back")
/* xgettext:no-c-format */
N_("Is the clock of {node} that of the domain controller?")
/* xgettext:no-c-format */
N_("The domain can be reached from {node} now; it could not be when the stage ran.")
/* xgettext:no-c-format */
N_("Nothing is left to mend; the node installs anew")
/* xgettext:no-c-format */
N_("The clock of {node} differs so much that Kerberos refuses it.")
/* xgettext:no-c-format */
N_("Give domain and nodes the same time source (169.254.169.123 within AWS)")
/* xgettext:no-c-format */
N_("The domain refuses the service account")
/* xgettext:no-c-format */
N_("The domain was found and refused the account with which the node joins it.")
/* xgettext:no-c-format */
N_("Compare secrets.service_username and secrets.service_password with the account in the domain")
/* xgettext:no-c-format */
N_("See that the account may join computers in the organisational unit")
/* xgettext:no-c-format */
N_("The data volume is not there")
/* xgettext:no-c-format */
N_("The drive {drive|} of the databases is not there: the volume {volume|} is not attached to this instance, is offline, or lies in another zone.")
/* xgettext:no-c-format */
N_("On the node run Get-Disk; bring an offline disk online with Set-Disk -IsOffline $false")
/* xgettext:no-c-format */
N_("See in EC2, Volumes, what the volume is attached to, and in which zone it is")
/* xgettext:no-c-format */
N_("Wait until it is available, or detach it from what still holds it")
/* xgettext:no-c-format */
N_("Windows forbids scripts on this image")
/* xgettext:no-c-format */
N_("The execution policy of PowerShell forbids the installation scripts; a group policy may set it.")
/* xgettext:no-c-format */
N_("Set the policy to RemoteSigned in the image (Enter chooses another), or take the group policy from the nodes' unit")
/* xgettext:no-c-format */
N_("The .NET Framework of the image is too old")
/* xgettext:no-c-format */
N_("HPC Pack 2019 needs .NET Framework 4.7.2 or newer, HPC Pack 2016 4.6; the image has an older one.")
/* xgettext:no-c-format */
N_("Use Windows Server 2019 or newer (Enter), or install the framework in the image")
/* xgettext:no-c-format */
N_("hpcwiz may not follow the log of {node|a node}")
/* xgettext:no-c-format */
N_("The node answered and refused hpcwiz: {detail|no reason was given}. The installation goes on; only its log cannot be seen.")
/* xgettext:no-c-format */
N_("Give the private key of the key pair that the node was started with")
/* xgettext:no-c-format */
N_("When the certificate changed, make sure that it is the same machine and follow again")
/* xgettext:no-c-format */
N_("{node|A node} writes nothing for {minutes|many} minutes")
/* xgettext:no-c-format */
N_("Stage {stage} began and {node|the node} has written nothing for {minutes} minutes. Set-up may be slow, or it waits for something that does not come.")
/* xgettext:no-c-format */
N_("Look at a screenshot of the instance in the EC2 console")
/* xgettext:no-c-format */
N_("Wait when the disk or the network of the instance is small: it has not failed yet")
/* xgettext:no-c-format */
N_("A command on the node was denied access to another machine")
/* xgettext:no-c-format */
N_("The session has no credentials for a second machine (double hop), or the account is no administrator of the cluster.")
/* xgettext:no-c-format */
N_("Run the step on the head node itself")
/* xgettext:no-c-format */
N_("See that the service account is among the administrators of the cluster (Enter)")
/* xgettext:no-c-format */
N_("No domain controller of {domain|the domain} was found in time")
/* xgettext:no-c-format */
N_("The node looked for {domain|the domain} again and again and found nobody: its name server does not know the domain, or the ports of Active Directory are closed.")
/* xgettext:no-c-format */
N_("Windows refused a remote session to {host|another machine}")
/* xgettext:no-c-format */
N_("PowerShell remoting to {host|the machine} was refused: the account is no local administrator there, the session is not elevated, or its membership is newer than its logon.")
/* xgettext:no-c-format */
N_("See that the service account is in the local group Administrators")
/* xgettext:no-c-format */
N_("Let the step run as a scheduled task with highest privileges instead of a remote session")
/* xgettext:no-c-format */
N_("The session configuration {name|of PowerShell} exists already")
/* xgettext:no-c-format */
N_("A script registers a session configuration at every start and stumbles over the one that it made before.")
/* xgettext:no-c-format */
N_("Remove it with Unregister-PSSessionConfiguration")
/* xgettext:no-c-format */
N_("In a script of your own ask Get-PSSessionConfiguration first, or change it with Set-PSSessionConfiguration")
/* xgettext:no-c-format */
N_("Windows Installer does not work in this remote session")
/* xgettext:no-c-format */
N_("The Windows Installer ended because it was started in a remote session, whose account is not trusted for delegation (SECREPAIR).")
/* xgettext:no-c-format */
N_("Start set-up as a scheduled task or as SYSTEM, as the scripts of hpcwiz do")
/* xgettext:no-c-format */
N_("The computer name {name|of the node} is too long for Windows")
/* xgettext:no-c-format */
N_("A computer of a domain has a NetBIOS name of at most 15 characters; {name|this one} has more.")
/* xgettext:no-c-format */
N_("Choose a shorter prefix for the names; of Azure's templates it is known that 12 characters fit")
/* xgettext:no-c-format */
N_("A script made a credential without a user name")
/* xgettext:no-c-format */
N_("The script asked for a credential and had no user name: a variable is empty, perhaps because its name is written in two ways, or the parameter behind it is empty.")
/* xgettext:no-c-format */
N_("See that secrets.service_username and secrets.sql_username name parameters that are not empty (Enter)")
/* xgettext:no-c-format */
N_("In a script of your own switch Set-StrictMode on; it names the variable")
/* xgettext:no-c-format */
N_("The name {host|of another node} leads nowhere")
/* xgettext:no-c-format */
N_("{node|The node} asked for {host|a name} and the name server knows none: the record is missing or stale, the zone is not associated with this VPC, or a line in the hosts file hides it.")
/* xgettext:no-c-format */
N_("On the node run Resolve-DnsName, and look into C:\\Windows\\System32\\drivers\\etc\\hosts")
/* xgettext:no-c-format */
N_("In Route 53 see the records mssql and headnode of the private zone, and the VPCs of the zone (Enter)")
/* xgettext:no-c-format */
N_("See that the VPC has DNS support and DNS host names switched on")
/* xgettext:no-c-format */
N_("Does {node} find an address for {host} now?")
/* xgettext:no-c-format */
N_("The name {host} is found by now.")
/* xgettext:no-c-format */
N_("The name {host} is still not known to {node}.")
/* xgettext:no-c-format */
N_("See that the hosted zone {zone|} has a record for it and is associated with the VPC")
/* xgettext:no-c-format */
N_("See that the VPC uses AmazonProvidedDNS, or that its name servers forward the zone")
/* xgettext:no-c-format */
N_("The parameter {parameter|of a secret} is empty")
/* xgettext:no-c-format */
N_("Parameter Store has {parameter}, and its value is empty.")
/* xgettext:no-c-format */
N_("Put the value in with aws ssm put-parameter --type SecureString --overwrite, or name another parameter (Enter)")
/* xgettext:no-c-format */
N_("The fixed network interface did not reach the node")
/* xgettext:no-c-format */
N_("The interface that keeps the address {address|of the node} was not attached in time: another instance may still hold it, or it lies in another zone than the instance.")
/* xgettext:no-c-format */
N_("Look in EC2, Network interfaces, for its state and its Availability Zone")
/* xgettext:no-c-format */
N_("Wait until it is available")
/* xgettext:no-c-format */
N_("Set-up asked for a reboot and the installation did not go on")
/* xgettext:no-c-format */
N_("setup.exe ended with {code}, which means: installed, but Windows must restart first. Nothing was written after it, so the machine did not restart or the scheduled task that takes the installation up again did not run.")
/* xgettext:no-c-format */
N_("Look whether the instance is running and reachable; restart it if not")
/* xgettext:no-c-format */
N_("On the node look at the task of hpcwiz in the Task Scheduler and start it")
/* xgettext:no-c-format */
N_("When it happens again, see whether a policy of the domain forbids scheduled tasks or restarts")
/* xgettext:no-c-format */
N_("Does Windows on {node} still wait for the restart?")
/* xgettext:no-c-format */
N_("{node} has not restarted.")
/* xgettext:no-c-format */
N_("{node} has restarted, but the installation was not taken up again.")
/* xgettext:no-c-format */
N_("When it happens again, see whether a policy of the domain forbids scheduled tasks")
/* xgettext:no-c-format */
N_("The installation share of the head node cannot be reached")
/* xgettext:no-c-format */
N_("{share|The share REMINST of the head node} did not answer. It exists only after the head node's set-up; port 445 must be open between the nodes and the name must lead to the head node.")
/* xgettext:no-c-format */
N_("On this node run Test-NetConnection {head_host|headnode.<zone>} -Port 445")
/* xgettext:no-c-format */
N_("See whether the head node has finished its stages; this node waits for it")
/* xgettext:no-c-format */
N_("Compare the address of the record headnode in the hosted zone with the head node's")
/* xgettext:no-c-format */
N_("Does {node} find an address for {head_host}?")
/* xgettext:no-c-format */
N_("The name {head_host} is not known to {node}.")
/* xgettext:no-c-format */
N_("See that the hosted zone {zone|} is associated with the VPC of the nodes")
/* xgettext:no-c-format */
N_("Does the head node answer on port 445 (SMB)?")
/* xgettext:no-c-format */
N_("The head node does not run, or a security group or a firewall blocks port 445.")
/* xgettext:no-c-format */
N_("Can the share of the head node be opened from {node}?")
/* xgettext:no-c-format */
N_("The share can be reached now; it could not be when the stage ran.")
/* xgettext:no-c-format */
N_("The head node answers, but it has no share REMINST; its set-up has not come so far.")
/* xgettext:no-c-format */
N_("Look at the findings for the head node, and at its stages setup and share-certificate")
/* xgettext:no-c-format */
N_("The installation media cannot be read from S3")
/* xgettext:no-c-format */
N_("The node could not read {media|the installation media of HPC Pack} from S3. The object is not there, the instance's role may not read it, an endpoint policy forbids it, or the bucket lies in another region.")
/* xgettext:no-c-format */
N_("List the place that hpc_pack.media names with the AWS CLI and see whether Setup.exe is there")
/* xgettext:no-c-format */
N_("Allow s3:GetObject and s3:ListBucket on it in the role of the nodes and in the VPC endpoint's policy")
/* xgettext:no-c-format */
N_("Or name the right place (Enter)")
/* xgettext:no-c-format */
N_("{node|The node} waited for the {awaited|other} node in vain")
/* xgettext:no-c-format */
N_("The {awaited|other} node did not become ready in time. The reason lies there.")
/* xgettext:no-c-format */
N_("Look at the log of the {awaited|other} node and at the findings for it")
/* xgettext:no-c-format */
N_("When it is well, see that this node reaches it by name ({sql_host|mssql.<zone>}, {head_host|headnode.<zone>})")
/* xgettext:no-c-format */
N_("setup.exe tried to show a window")
/* xgettext:no-c-format */
N_("setup.exe ended with an unhandled .NET exception: it wanted to show a dialog in a session that has no screen. What it wanted to say stands in chainer.txt.")
/* xgettext:no-c-format */
N_("Read the end of chainer.txt on the page Nodes & logs; it says what set-up wanted to show")
/* xgettext:no-c-format */
N_("In a script of your own start setup.exe with -unattend and -Quiet")
/* xgettext:no-c-format */
N_("A part of HPC Pack was not installed: {product|MSI error 1603}")
/* xgettext:no-c-format */
N_("The Windows Installer ended with a fatal error in {product|a package of HPC Pack}. The line before \"Return value 3\" in its log in C:\\Windows\\Temp\\HPCSetupLogs says why.")
/* xgettext:no-c-format */
N_("More of set-up's logs lie in C:\\Windows\\Temp\\HPCSetupLogs")
/* xgettext:no-c-format */
N_("Search \"Return value 3\" in the MSI log on the page Nodes & logs and read the lines above it")
/* xgettext:no-c-format */
N_("Correct what they name")
/* xgettext:no-c-format */
N_("The node template {template|for compute nodes} does not exist")
/* xgettext:no-c-format */
N_("HPC Pack has no node template \"{template}\". Templates appear after the head node's network and installation credentials are configured.")
/* xgettext:no-c-format */
N_("See that stage configure of the head node is done")
/* xgettext:no-c-format */
N_("Name a template that exists (Enter), or create this one with New-HpcNodeTemplate")
/* xgettext:no-c-format */
N_("Stage {stage|of the installation} failed with exit code {code|other than 0}; the cause is not known")
/* xgettext:no-c-format */
N_("Stage {stage} of {node|the node} ended with exit code {code}, and why is not known. The lines shown are the last ones that speak of an error; none of them is proof. {nearest}")
/* xgettext:no-c-format */
N_("Read the log around the lines shown")
/* xgettext:no-c-format */
N_("When HPC Pack's set-up failed, read the end of chainer.txt, and in the MSI log that it names the lines above \"Return value 3\"")
/* xgettext:no-c-format */
N_("Press b to write a support bundle for somebody who knows more")
/* xgettext:no-c-format */
N_("The system drive of {node} is full; that can break any stage.")
/* xgettext:no-c-format */
N_("Windows on {node} wants to be restarted; set-up programs refuse to run before.")
/* xgettext:no-c-format */
N_("Restart an instance of the image once and make a new image of it, or choose another one")
/* xgettext:no-c-format */
N_("Is the clock of {node} right?")
/* xgettext:no-c-format */
N_("Nothing of what most often breaks a stage is wrong on {node}. The lines shown, and those around them, are what is left to read.")
/* xgettext:no-c-format */
N_("Read the log around the lines shown (o opens it there)")
/* xgettext:no-c-format */
N_("A passing failure does not come back when the node installs anew")
/* xgettext:no-c-format */
N_("The clock of {node} is wrong; signatures and Kerberos fail then.")
/* xgettext:no-c-format */
N_("See why the time service of the image does not ask 169.254.169.123")
/* xgettext:no-c-format */
N_("{file|A file of the media} is not what its checksum says")
/* xgettext:no-c-format */
N_("{file} beside the media was changed or is incomplete: its SHA-256 is not the one in SHA256SUMS.")
/* xgettext:no-c-format */
N_("Upload the file again and compare sha256sum of both copies")
/* xgettext:no-c-format */
N_("If the file is right, write SHA256SUMS anew")
/* xgettext:no-c-format */
N_("{program|A program} did not come to an end")
/* xgettext:no-c-format */
N_("{program} ran for {minutes} minutes without an end. It waits for something: a database that does not answer, a window that nobody sees, or a disk that is too slow.")
/* xgettext:no-c-format */
N_("Read the end of the newest log on the page Nodes & logs; its last line is where it waits")
/* xgettext:no-c-format */
N_("See that SQL Server answers, and choose a larger instance when it is too small (Enter)")
/* xgettext:no-c-format */
N_("Windows has a restart pending that keeps set-up from starting")
/* xgettext:no-c-format */
N_("Another installer or Windows Update left a restart open, and set-up wants it done first.")
/* xgettext:no-c-format */
N_("Restart the machine; the installation goes on by itself where hpcwiz's task is there")
/* xgettext:no-c-format */
N_("In an image of your own restart before it is made, and switch Windows Update off")
/* xgettext:no-c-format */
N_("The service {service|of HPC Pack} did not start in time")
/* xgettext:no-c-format */
N_("{service} was slow at its first start and Windows gave it up. HPC Pack 2019 before Update 1 is known for it.")
/* xgettext:no-c-format */
N_("Use HPC Pack 2019 Update 1 or later (Enter)")
/* xgettext:no-c-format */
N_("Or choose a larger instance")
/* xgettext:no-c-format */
N_("SQL Server refuses the login {login|of the head node}")
/* xgettext:no-c-format */
N_("SQL Server answered and refused the login {login|that was used} (error 18456). {why|Either mixed mode is not switched on or SQL Server was not restarted after it, the login does not exist, or the password in Parameter Store is not the one that the login has.}")
/* xgettext:no-c-format */
N_("Read the state of error 18456 in the ERRORLOG of the SQL node; 5 is an unknown login, 8 a wrong password, 38 a missing database, 58 mixed mode not switched on")
/* xgettext:no-c-format */
N_("Compare secrets.sql_username and secrets.sql_password in Parameter Store with the login, and correct what differs (Enter)")
/* xgettext:no-c-format */
N_("SQL Server cannot be reached")
/* xgettext:no-c-format */
N_("The head node got no answer from SQL Server {server|at mssql in the private zone} on TCP 1433. The SQL node is not ready, TCP is switched off for the instance, a security group or the Windows firewall blocks the port, or the name leads to another address.")
/* xgettext:no-c-format */
N_("On the head node run Test-NetConnection {sql_host|mssql.<zone>} -Port 1433")
/* xgettext:no-c-format */
N_("See whether the SQL node has finished its stages")
/* xgettext:no-c-format */
N_("Compare the address of the record mssql in the hosted zone with the SQL node's")
/* xgettext:no-c-format */
N_("Does {node} find an address for {sql_host}?")
/* xgettext:no-c-format */
N_("The name {sql_host} is not known to {node}.")
/* xgettext:no-c-format */
N_("Does SQL Server answer at {sql_host}, port 1433?")
/* xgettext:no-c-format */
N_("SQL Server answers now; it did not when the stage ran.")
/* xgettext:no-c-format */
N_("Nothing that speaks for SQL Server answers at {sql_host}.")
/* xgettext:no-c-format */
N_("Test the service MSSQLSERVER on the SQL node")
/* xgettext:no-c-format */
N_("SQL Server may not use the files of its databases")
/* xgettext:no-c-format */
N_("The service account of SQL Server has no rights on the folder or the files of the databases on the data volume (operating system error 5).")
/* xgettext:no-c-format */
N_("A data volume that was used before carries the rights of its old server: give NT SERVICE\\MSSQLSERVER full control of the folder and of the files that are in it")
/* xgettext:no-c-format */
N_("The database {database|of HPC Pack} cannot be opened")
/* xgettext:no-c-format */
N_("The login works, but the database {database} does not exist or the login has no user in it.")
/* xgettext:no-c-format */
N_("See in the log of the SQL node whether stage databases and stage logins are done")
/* xgettext:no-c-format */
N_("When they are, create the database or map the login to a user in it")
/* xgettext:no-c-format */
N_("The installing account may not create databases")
/* xgettext:no-c-format */
N_("The account under which the scripts run on the SQL node is no system administrator of SQL Server, so it cannot create the databases of HPC Pack.")
/* xgettext:no-c-format */
N_("Use an image in which NT AUTHORITY\\SYSTEM has the role sysadmin, such as the SQL Server images of AWS (Enter)")
/* xgettext:no-c-format */
N_("Or grant it that role in your own image")
/* xgettext:no-c-format */
N_("The SqlServer module refuses SQL Server's own certificate")
/* xgettext:no-c-format */
N_("Invoke-Sqlcmd of the SqlServer module 22 and later encrypts by default and does not trust the self-signed certificate of SQL Server.")
/* xgettext:no-c-format */
N_("In a script of your own call Invoke-Sqlcmd with -TrustServerCertificate (module 22 and later)")
/* xgettext:no-c-format */
N_("Or install a certificate on SQL Server that the nodes trust")
/* xgettext:no-c-format */
N_("SQL Server does not start or a database does not come up")
/* xgettext:no-c-format */
N_("{service|SQL Server} or {database|one of its databases} is not up: the data volume may have come after SQL Server started, or files of the databases are damaged or of a newer version.")
/* xgettext:no-c-format */
N_("See whether drive D exists and holds the files of the databases")
/* xgettext:no-c-format */
N_("Restart the service MSSQLSERVER once the volume is there")
/* xgettext:no-c-format */
N_("Read the newest ERRORLOG of SQL Server on the page Nodes & logs")
/* xgettext:no-c-format */
N_("See in EC2, Volumes, that the data volume is available or attached to the SQL node")
/* xgettext:no-c-format */
N_("Does the service of SQL Server run on {node}?")
/* xgettext:no-c-format */
N_("SQL Server runs by now; what did not come up is a database of it.")
/* xgettext:no-c-format */
N_("Read the lines about the database in ERRORLOG (o opens the log at the evidence)")
/* xgettext:no-c-format */
N_("Is there room on the volume of the databases of {node}?")
/* xgettext:no-c-format */
N_("SQL Server does not run, though its volume is there and has room.")
/* xgettext:no-c-format */
N_("Read the end of ERRORLOG (o opens the log at the evidence)")
/* xgettext:no-c-format */
N_("The volume of the databases is full or not there.")
/* xgettext:no-c-format */
N_("Make it larger (nodes.sql.data_volume_gib)")
/* xgettext:no-c-format */
N_("SQL Server refuses the login {login|} (18456, state {state|unknown})")
/* xgettext:no-c-format */
N_("SQL Server itself says why: {why|the state of the error tells it}. State 5 is a login that does not exist, 8 a wrong password, 38 a database that is missing or closed to the login.")
/* xgettext:no-c-format */
N_("For a wrong password compare secrets.sql_password in Parameter Store with the login's (Enter)")
/* xgettext:no-c-format */
N_("For a missing login see in the log of the SQL node whether stage logins is done")
/* xgettext:no-c-format */
N_("The database {database|of HPC Pack} was last opened by a newer SQL Server")
/* xgettext:no-c-format */
N_("The files on the data volume have version {has|of a newer SQL Server}, and this server cannot open them: the image has an older SQL Server than the one that used the volume before. There is no way back.")
/* xgettext:no-c-format */
N_("Choose an image with the same or a newer SQL Server (Enter); the data volume is kept")
/* xgettext:no-c-format */
N_("The files of a database are there already: {file|see the log}")
/* xgettext:no-c-format */
N_("The script wanted to create a database whose file {file|} is on the data volume already. Of the pair of .mdf and .ldf perhaps only one is left, so that it could not be attached either.")
/* xgettext:no-c-format */
N_("See on the data volume which of the two files of the database are there; a snapshot of it can be attached to any Windows instance")
/* xgettext:no-c-format */
N_("Put the missing one back from a snapshot, or move the single one away")
/* xgettext:no-c-format */
N_("The connection string of a database is malformed")
/* xgettext:no-c-format */
N_("A connection string was cut in the wrong place: a password with a semicolon, a quotation mark or an equals sign does that.")
/* xgettext:no-c-format */
N_("Choose a password without the characters ; = \" ' and put it into Parameter Store (Enter) and into the login")
/* xgettext:no-c-format */
N_("A user of a database has no login any more: {user|see the log}")
/* xgettext:no-c-format */
N_("The database was attached to a new SQL Server, where the login of its user {user|} has another SID or does not exist.")
/* xgettext:no-c-format */
N_("Create the login when it is missing")
/* xgettext:no-c-format */
N_("In each database run ALTER USER <user> WITH LOGIN = <login>")
/* xgettext:no-c-format */
N_("The services may not run procedures in {database|a database of HPC Pack}")
/* xgettext:no-c-format */
N_("The account of the HPC services has a user in {database|the database}, without the right to execute its procedures ({object}). A script that adds the user can fail without a word.")
/* xgettext:no-c-format */
N_("Run AddDbUserForHpcService.sql of HPC Pack's set-up folder again for the account, in each database")
/* xgettext:no-c-format */
N_("Restart the service that reported it")
/* xgettext:no-c-format */
N_("See that the installing account owns the databases, and that nobody changed its rights")
/* xgettext:no-c-format */
N_("Is a valid certificate of this name there?")
/* xgettext:no-c-format */
N_("Is the clock within 5 minutes of this server?")
/* xgettext:no-c-format */
N_("Has the drive at least so many GiB free?")
/* xgettext:no-c-format */
N_("Is the computer a member of this domain?")
/* xgettext:no-c-format */
N_("Does the name lead to an address?")
/* xgettext:no-c-format */
N_("Does a TCP port of another machine answer?")
/* xgettext:no-c-format */
N_("Does Windows have a restart pending?")
/* xgettext:no-c-format */
N_("Does the Windows service run?")
/* xgettext:no-c-format */
N_("Can the share be reached?")
/* xgettext:no-c-format */
N_("Does SQL Server answer on port 1433?")
