/* resources/templates/list. */
#include "server/app_internal.h"
#include "server/catalog_internal.h"

void hone_catalog_templates_list(struct hone_exchange *exchange)
{
    const struct hone_catalog *catalog = exchange->app->catalog;
    hone_catalog_page_answer(exchange, &catalog->items[HONE_CATALOG_TEMPLATES].pages);
}
