#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every scenario that fails, from its findings to a whole cluster, by what the screen says."""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.abspath(os.environ.get("HPCWIZ_SOURCE", ".")), "tests/lib"))
import rig  # noqa: E402
import walk  # noqa: E402


def deploy_again(shown):
    """From the findings page, by what it says, to a whole cluster."""
    shown.wait("D deploy again")
    shown.keys("D")
    shown.wait("Cluster name|cluster's name")
    walk.settled(shown)
    shown.line("riskgrid")
    shown.wait(r"✓ riskgrid-compute-std")


def mended(where, scenario, cause, mend=None, speed=300):
    """A failure, its cause, what to do, and the cluster that is whole after it."""
    with rig.screen(where,
                    f"{rig.HPCWIZ} --demo --speed {speed} --scenario {scenario}") as shown:
        shown.wait("New cluster")
        walk.walk_to_review(shown)
        walk.deploy_from_review(shown)
        shown.wait(r"✗")
        shown.keys("F9")
        shown.wait(cause)
        shown.wait("press D")
        shown.wait("D deploy again")  # the rollback is over
        if mend:
            mend(shown)
            deploy_what_was_mended(shown)
        else:
            deploy_again(shown)


def leads_to(shown, field):
    """Enter goes from the finding to this very question."""
    shown.keys("Enter")
    shown.wait(rf"▸ {field} ")


def deploy_what_was_mended(shown):
    """What is mended is an answer: the checks run anew before it is deployed again."""
    shown.keys("F2", "Home", *["Down"] * 12, "Enter")
    shown.wait("D deploy again")
    shown.keys("D")
    shown.wait("Cluster name")  # once the checks are done
    walk.settled(shown)
    shown.line("riskgrid")
    shown.wait(r"✓ riskgrid-compute-std")


def mended_domain(where):
    mended(where, "domain-unreachable", "No domain controller|cannot be found")


def mended_secret(where):
    def make_it_again(shown):
        leads_to(shown, "PFX password")
        shown.wait("does not exist yet: F7 makes it")
        shown.keys("F7")
        shown.wait("F8 generate")
        shown.keys("F8", "Enter")
        shown.wait("Made /certificate/hpc/password")

    mended(where, "secret-missing", "does not exist", make_it_again)


def mended_media(where):
    mended(where, "media-denied", "cannot be read from S3")


def mended_login(where):
    mended(where, "sql-login-failed", "refuses the login")


def mended_certificate(where):
    def another_name(shown):
        leads_to(shown, "Certificate")
        shown.keys("C-u")
        shown.line("HPC Pack 2")
        shown.wait("press D")  # back at the finding

    mended(where, "certificate-13818", "cannot be used by HPC Pack", another_name,
           speed=100)  # its log must have been read before the rollback takes the node


def mended_share(where):
    """The nodes wait in vain until their time is over; what was in the way is gone by then."""
    mended(where, "no-signal", "share of the head node cannot be reached")


def another_type(shown):
    """From the finding by Enter to the type of the group, and another one from the list."""
    leads_to(shown, "Type")
    shown.keys("Space")
    walk.settled(shown)
    shown.keys("Down", "Enter")
    if re.search(r"Type +c6i.4xlarge", walk.settled(shown)):
        rig.fail("the type is the same as before:\n" + shown.picture())


def mended_capacity(where):
    mended(where, "insufficient-capacity", "free in eu-central-1", another_type)


CASES = [mended_domain, mended_secret, mended_media, mended_login, mended_certificate,
         mended_share, mended_capacity]


rig.run_cases(CASES, 1200)
