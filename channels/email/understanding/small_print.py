"""What programs and lawyers write around a sender's words, in the languages that councils' citizens write from."""

# Patterns: how a phone's own last line begins.
SENT_FROM = (
    r"sent (?:from|via|with|using)\b(?!.*\s(?:is|are|was|were)\s)",  # with a verb it is a sentence
    r"(?<=[<(])sent by\b",
    r"(?:get|download|holen sie sich|obtenez|obtenir|télécharger|obtener|obtén|descargar|obter o|obtenha o|ottieni"
    r"|scarica|hämta|skaffa|hent|få|hanki|pobierz|stáhnout|загрузить|завантажити|lawrlwytho) \[?outlook "
    r"(?:for|für|pour|para|per|voor|för|til|dla|pro|для|ar gyfer)\b",
    r"outlook (?:für|voor) (?:ios|android) (?:beziehen|herunterladen|downloaden)",
    "from my (?:iphone|ipad|phone|mobile|android|blackberry)",
    r"(?:\w+ ){1,3}from (?:my )?mobile$",
    "envoyé (?:depuis|de|à partir de|avec) (?:mon|ma|outlook|mail)",
    "gesendet von (?:outlook|mail|gmx|web.de|yahoo)",
    "inviato da outlook",
    "enviado desde outlook",
    "von meine[mr] .{2,60} gesendet",
    "gesendet (?:von mein|mit der|mit dem)",
    "diese nachricht wurde von meine[mr]",
    r"enviad[oa] (?:desde|do|de|a partir d[eo]) (?:mi|meu|o|iphone|ipad|android|outlook)\b",
    "inviato da(?:l mio| )",
    "verzonden (?:met|vanaf|vanuit|via)",
    "sendt fra min",
    "skickat från min",
    "lähetetty (?:iphone|puhelim)",
    "wysłan[eoy] z (?:mojego|iphone)",
    "odesláno z",
    "отправлено (?:с|из) ",
    "надіслано з",
    "iphone'umdan",
    r"(?:az )?\S+r[óő]l küldve$",
    "odoslané z(?:o)? ",
    "poslano s mog",
    "στάλθηκε από το",
    "đã gửi từ",
    "dikirim dari",
    "أُ?رسلت? من",
    "ارسال شده از",
    "נשלח מה",
    "anfonwyd o(?:'m| fy)",
    "從我的 ?",
    "发自我的",
    "iphoneから送信",
    "나의 .{2,20}에서 보냄",
    "trimis de pe",
)

# Patterns: how the small print below a mail begins.
DISCLAIMERS = (
    r"(?:important )?confidentiality (?:notice|note|warning|statement)",
    r"(?:legal )?disclaimer\b",
    r"(?:this|the information (?:contained )?in this) (?:e-?mail|message|communication|transmission)(?: message)?"
    r"[\w ,()/]{0,80} (?:confidential|privileged|intended (?:only |solely )?for|may contain)",
    r"the (?:information|contents?) (?:contained |transmitted )?(?:in|of) this (?:e-?mail|message)",
    r"(?:the original of )?this (?:e-?mail|message)(?: and any [\w ]{1,40})? (?:was|ha(?:s|ve) been)"
    r"[\w ,]{0,60}(?:scanned|checked|swept) (?:for|by|using)\b[\w ,.'-]{0,60}(?:virus|malware|spam|security|content)",
    r"virus-?free\.\s?(?:www|<?https?)",
    r"if you (?:are not|have received) (?:the intended|this (?:e-?mail|message))[\w ]{0,40}",
    r"(?:please )?(?:consider|think (?:of|about)) the environment before (?:you )?print",
    r"diese e-?mail (?:enthält|kann|ist|und)[\w ,]{0,60}vertraulich",
    r"der inhalt dieser e-?mail ist",
    r"ce (?:message|courriel|mail)[\w ,éèà']{0,80}confidentiel",
    r"este (?:mensaje|correo)[\w ,áéíóú]{0,80}confidencial",
    r"esta mensagem[\w ,áéíóúçã]{0,80}confidencia",
    r"questo messaggio[\w ,àèìòù]{0,80}riservat",
    r"(?:dit|de inhoud van dit) (?:e-?mail)?bericht[\w ,]{0,80}vertrouwelijk",
    r"(?:niniejsza|ta) wiadomość[\w ,ąćęłńóśźż]{0,80}poufn",
    r"mae'r (?:e-?bost|neges) h[wo]n[\w ,']{0,80}(?:cyfrinachol|breifat|bwriadu)",
)

# Patterns: how a mail server's own warning above a mail from outside begins, each over a whole paragraph.
BANNERS = (
    r"(?:caution|warning|attention|alert|notice|important|security)\W[\s\S]{0,80}?(?:e-?mail|message|sender)[\s\S]{0,60}?"
    r"(?:from|of|by) (?:an? |someone |somebody )?(?:outside|external)",
    r"(?:this|the) (?:e-?mail|message) (?:\w+ ){1,3}(?:from )?(?:outside|an external)\b",
    r"\W*(?:(?:caution|warning|alert)\W+)?external(?: (?:e-?mail|sender|message|mail|source))?\W*$",
    r"(?:some people who received this message|you) don['’]?t often get (?:e-?mail|mail) from",
    r"(?:achtung|vorsicht|warnung|hinweis)\W[\s\S]{0,80}?(?:e-?mail|nachricht|absender)[\s\S]{0,60}?"
    r"(?:von (?:einem |einer )?extern|von au(?:ß|ss)erhalb|externe[nrm]? (?:absender|e-?mail|quelle))",
    r"\W*externe (?:e-?mail|nachricht|mail)\W*$",
    r"(?:let op|waarschuwing|attentie)\W[\s\S]{0,80}?(?:e-?mail|bericht)[\s\S]{0,60}?(?:van buiten|externe afzender)",
    r"attention\W[\s\S]{0,80}?(?:courriel|message|e-?mail)[\s\S]{0,60}?(?:de l['’]extérieur|expéditeur externe)",
    r"(?:atención|precaución|advertencia)\W[\s\S]{0,80}?(?:correo|mensaje)[\s\S]{0,60}?(?:fuera de|extern)",
    r"(?:uwaga|ostrzeżenie)\W[\s\S]{0,80}?(?:wiadomość|e-?mail)[\s\S]{0,60}?(?:spoza|zewnętrzn)",
    r"rhybudd\W[\s\S]{0,80}?(?:e-?bost|neges)[\s\S]{0,60}?(?:o'r tu allan|y tu allan|allanol)",
)
