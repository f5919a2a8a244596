"""What to do about a cause, in Russian."""

from collections.abc import Mapping

ADVICE: Mapping[str, str] = {
    "the credential may have expired, be of another environment or lack a right: `%(doctor)s` tries each by itself": (
        "учётные данные могли истечь, быть от другого окружения или не иметь права: `%(doctor)s` проверит каждые "
        "отдельно"
    ),
    "no credential was sent: name one by `auth` in the step, or declare the security of the operation in an overlay": (
        "учётные данные не отправлялись: назовите их в `auth` шага или объявите защиту операции в overlay"
    ),
    "`%(doctor)s` tells whether the service can be reached from here, and how": (
        "`%(doctor)s` скажет, доступен ли сервис отсюда и каким путём"
    ),
    "`%(doctor)s` tells whether ClickHouse can be reached, and with which rights": (
        "`%(doctor)s` скажет, доступен ли ClickHouse и с какими правами"
    ),
    "if that certificate is right, name the authority that signed it in `ca_bundle` of the environment": (
        "если сертификат верный, назовите центр, который его подписал, в `ca_bundle` окружения"
    ),
    "`rate_limit` of the environment, such as `2/s`, lets requests leave more slowly": (
        "`rate_limit` окружения, например `2/s`, отправляет запросы реже"
    ),
    "add `x-error-code` to the document, or by an overlay: the JSON Pointer to the code in a body, such as `/code`": (
        "добавьте в документ или через overlay `x-error-code`: JSON Pointer к коду в теле, например `/code`"
    ),
    "if the service may answer so, `%(learn)s` prints the overlay that says it": (
        "если сервис вправе так отвечать, `%(learn)s` напечатает overlay, который это говорит"
    ),
}
