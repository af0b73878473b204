/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/fault.h"

#include <math.h>

static const struct {
    const char *word;
    enum sim_fault_kind kind;
} KINDS[] = {
    {"throttle", SIM_FAULT_THROTTLE}, {"500", SIM_FAULT_500},
    {"503", SIM_FAULT_503},           {"reset", SIM_FAULT_RESET},
    {"lost", SIM_FAULT_LOST},         {"malformed", SIM_FAULT_MALFORMED},
    {"expired", SIM_FAULT_EXPIRED},   {"denied", SIM_FAULT_DENIED},
    {"delay", SIM_FAULT_DELAY},
};

static bool parse_amount(const char *text, double *ret)
{
    char *end;
    double amount = strtod(text, &end);
    if (end == text || *end || !isfinite(amount) || amount <= 0)
        return false;
    *ret = amount;
    return true;
}

static bool parse_rest(struct sim_fault *fault, const char *rest)
{
    size_t length = strcspn(rest, ":");
    if (rest[length] == '\0' && parse_amount(rest, &fault->amount))
        return true;
    if (length == 0 || length >= sizeof fault->service)
        return false;
    snprintf(fault->service, sizeof fault->service, "%.*s", (int)length, rest);
    return rest[length] == '\0' || parse_amount(rest + length + 1, &fault->amount);
}

bool sim_fault_add(struct sim_faults *faults, const char *spec, struct hw_err *err)
{
    struct sim_fault fault = {.service = "*", .amount = 1};
    size_t length = strcspn(spec, ":");
    for (size_t i = 0; i < HW_COUNT(KINDS); i++) {
        if (strlen(KINDS[i].word) == length && strncmp(KINDS[i].word, spec, length) == 0)
            fault.kind = KINDS[i].kind;
    }
    if (fault.kind == SIM_FAULT_NONE || (spec[length] && !parse_rest(&fault, spec + length + 1))) {
        hw_fail(err, HW_ERR_USAGE, _("'%s' is no fault"), spec);
        return hw_err_next(err, _("Write KIND[:SERVICE[:AMOUNT]]; see hpcwiz-sim(1)."));
    }
    if (faults->count == SIM_MAX_FAULTS)
        return hw_fail(err, HW_ERR_USAGE, _("at most %d faults can be given"), SIM_MAX_FAULTS);
    faults->items[faults->count++] = fault;
    return true;
}

static bool applies(const struct sim_fault *fault, const char *service)
{
    bool every = strcmp(fault->service, "*") == 0 && strcmp(service, SIM_WINRM) != 0;
    return every || strcmp(fault->service, service) == 0;
}

enum sim_fault_kind sim_fault_take(struct sim_faults *faults, struct sim_cloud *cloud,
                                   const char *service)
{
    for (size_t i = 0; i < faults->count; i++) {
        struct sim_fault *fault = &faults->items[i];
        if (fault->kind == SIM_FAULT_DELAY || !applies(fault, service) || fault->amount <= 0)
            continue;
        if (fault->amount >= 1) {
            fault->amount -= 1;
            fault->amount = fault->amount < 1 ? 0 : fault->amount;
            return fault->kind;
        }
        if ((double)(sim_random(cloud) >> 11) / 9007199254740992.0 < fault->amount)
            return fault->kind;
    }
    return SIM_FAULT_NONE;
}

int64_t sim_fault_delay(const struct sim_faults *faults, const char *service)
{
    int64_t delay = 0;
    for (size_t i = 0; i < faults->count; i++) {
        if (faults->items[i].kind == SIM_FAULT_DELAY && applies(&faults->items[i], service))
            delay += (int64_t)faults->items[i].amount;
    }
    return delay;
}
