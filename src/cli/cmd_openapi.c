#include "cli/command.h"

#include "cli/version.h"
#include "mgmt/document.h"

#include <stdio.h>

int pf_command_openapi(int argc, char **argv)
{
    const struct pf_usage usage = {
        "Prints the description of the management API as an OpenAPI 3.1 document.\n", NULL, 0};
    int status;
    if (!pf_command_parse(&usage, argc, argv, &status))
        return status;
    json_t *document = pf_mgmt_document(PF_VERSION);
    bool ok = document && json_dumpf(document, stdout, JSON_INDENT(2)) == 0 && putchar('\n') != EOF;
    json_decref(document);
    if (ok && fflush(stdout) == 0)
        return 0;
    fputs("error: the document could not be written\n", stderr);
    return 1;
}
