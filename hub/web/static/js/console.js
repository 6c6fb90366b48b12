// What the console does beyond its plain forms: live changes, keys, the count of a text's parts, kept drafts.
// Every page works without it.

import { startArranging } from "./arranging.js";
import { startComposer } from "./composer.js";
import { startConnection } from "./connection.js";
import { startEnclosing } from "./enclosing.js";
import { startFolding } from "./folding.js";
import { startKeys } from "./keys.js";
import { startLoading } from "./loading.js";
import { startBeginning, startCase, startList, startOverview, startPhone, startReplay } from "./live.js";
import { startRuleForm } from "./rule_form.js";
import { startSeveral } from "./several.js";

startFolding();
startConnection();
startKeys();
startComposer();
startEnclosing();
startBeginning();
if (document.body.dataset.case) {
  startCase(document.body.dataset.case);
} else if (document.body.dataset.phone) {
  startPhone();
} else if ("overview" in document.body.dataset) {
  startOverview();
} else {
  startList();
}
startReplay();
startArranging();
startRuleForm();
startSeveral();
startLoading(); // last: what another part does without leaving the page is nothing to wait for
document.querySelector("#problem")?.focus();
