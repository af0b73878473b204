/* SPDX-License-Identifier: Apache-2.0 */
/* A stack that an earlier failure left: what its status means, and the choices that CloudFormation
 * still gives (user guide, "Stack status codes", "Continue rolling back an update"). */
#include "deploy/run.h"

#include "base/text.h"

/* ROLLBACK_COMPLETE and its kind hold nothing and can only be deleted; a stack in CREATE_FAILED was
 * kept for inspection. */
static bool was_never_whole(const char *status)
{
    static const char *const WORDS[] = {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED"};
    for (size_t i = 0; i < HW_COUNT(WORDS); i++) {
        if (strcmp(WORDS[i], status) == 0)
            return true;
    }
    return false;
}

bool hw_unit_can_retry(const struct hw_unit *unit)
{
    return was_never_whole(unit->status) || strcmp(unit->status, "DELETE_FAILED") == 0;
}

void hw_unit_clear(struct hw_unit *unit)
{
    unit->cleared = true;
    hw_tell_notice(unit->deploy->sink, HW_INFO,
                   _("%s is in %s since an earlier failure; it is deleted and made again"),
                   unit->stack->name, unit->status);
    hw_unit_delete(unit);
}

static const char *explain(const char *status)
{
    static const struct {
        const char *status, *words;
    } WORDS[] = {
        {"ROLLBACK_COMPLETE", N_("its making failed and was undone: nothing is left of it, and it "
                                 "cannot be updated")},
        {"ROLLBACK_FAILED", N_("its making failed, and what was made could not all be deleted")},
        {"CREATE_FAILED", N_("its making failed, and what was made was kept for inspection")},
        {"DELETE_FAILED", N_("a part of it could not be deleted")},
        {"UPDATE_FAILED", N_("its last update failed and was kept as it was for inspection")},
        {"UPDATE_ROLLBACK_FAILED", N_("its last update failed and could not be undone: the "
                                      "resources before the update are not all there")},
    };
    for (size_t i = 0; i < HW_COUNT(WORDS); i++) {
        if (strcmp(WORDS[i].status, status) == 0)
            return _(WORDS[i].words);
    }
    return NULL;
}

void hw_unit_choices(const struct hw_unit *unit, struct hw_err *err)
{
    const char *stack = unit->stack->name;
    if (unit->deploy->mode == HW_DEPLOY_DESTROY)
        hw_err_next(err, "%s", _("Correct the cause and run `hpcwiz destroy FILE` again."));
    else if (strcmp(unit->status, "UPDATE_ROLLBACK_FAILED") == 0)
        hw_err_next(err, "%s",
                    _("Correct the cause, then: hpcwiz rollback FILE (leave resources "
                      "out with --skip-resource ID)."));
    else if (strcmp(unit->status, "UPDATE_FAILED") == 0)
        hw_err_next(err, "%s", _("Correct it and deploy again, or undo it: hpcwiz rollback FILE"));
    else if (hw_unit_can_retry(unit))
        hw_err_next(
            err,
            _("Cause: hpcwiz diagnose FILE. Then make it again: hpcwiz deploy FILE --retry. "
              "Or delete it: hpcwiz destroy FILE --stack %s"),
            stack);
    else
        hw_err_next(err, "%s", _("See `hpcwiz diagnose FILE` for the cause and its remedy."));
}

bool hw_unit_is_dead_end(const struct hw_unit *unit, struct hw_err *err)
{
    const char *words = explain(unit->status);
    if (!words || strcmp(unit->status, "UPDATE_FAILED") == 0) /* that one takes updates */
        return false;
    hw_fail(err, HW_ERR_SERVICE, _("stack '%s' is in %s: %s"), unit->stack->name, unit->status,
            words);
    hw_unit_choices(unit, err);
    return true;
}
