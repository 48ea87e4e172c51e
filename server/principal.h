/* Who asks, and what they may do. Thread: any. */
#ifndef HONE_SERVER_PRINCIPAL_H
#define HONE_SERVER_PRINCIPAL_H

#include <stdbool.h>
#include <string.h>

#define HONE_PRINCIPAL_NAME_MAX 64
#define HONE_PRINCIPAL_LOCAL    "local" /* who needs no token */
/* The source of rows of files (hone train); nobody else gives feedback under it. */
#define HONE_PRINCIPAL_TRAIN "train"

/* A set of bits; admin includes the others. */
enum hone_role {
    HONE_ROLE_CALL = 1,     /* lists and calls skills */
    HONE_ROLE_FEEDBACK = 2, /* says how calls went */
    HONE_ROLE_ADMIN = 4,    /* everything */
};
#define HONE_ROLES_CLIENT (HONE_ROLE_CALL | HONE_ROLE_FEEDBACK)
#define HONE_ROLES_ALL    (HONE_ROLES_CLIENT | HONE_ROLE_ADMIN)

/* Lives on its own, whatever becomes of the token that it came from. */
struct hone_principal {
    char name[HONE_PRINCIPAL_NAME_MAX + 1]; /* of the token, or LOCAL */
    unsigned roles;                         /* of enum hone_role */
};

/* role 0: everybody may. */
static inline bool hone_principal_may(const struct hone_principal *principal,
                                      unsigned role)
{
    return role == 0 || (principal->roles & (role | HONE_ROLE_ADMIN)) != 0;
}
/* The role as people write it. */
static inline const char *hone_principal_role_name(enum hone_role role)
{
    return role == HONE_ROLE_CALL       ? "call"
           : role == HONE_ROLE_FEEDBACK ? "feedback"
                                        : "admin";
}
/* Is it named by no token? */
static inline bool hone_principal_is_local(const struct hone_principal *principal)
{
    return strcmp(principal->name, HONE_PRINCIPAL_LOCAL) == 0;
}

#endif
