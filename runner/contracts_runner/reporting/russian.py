"""What the phrases of reports are in Russian. A word of an outcome stands for the row: "пройдено: 3"."""

from collections.abc import Mapping

from contracts_runner.reporting.russian_advice import ADVICE
from contracts_runner.reporting.russian_page import PAGE

NOUNS: Mapping[str, tuple[str, str, str]] = {
    "iteration": ("проход", "прохода", "проходов"),
    "attempt": ("попытка", "попытки", "попыток"),
    "cause": ("причина", "причины", "причин"),
    "byte": ("байт", "байта", "байт"),
    "check": ("проверка", "проверки", "проверок"),
    "example": ("пример", "примера", "примеров"),
    "file": ("файл", "файла", "файлов"),
    "header": ("заголовок", "заголовка", "заголовков"),
    "leak": ("утечка", "утечки", "утечек"),
    "new cause": ("новая причина", "новые причины", "новых причин"),
    "place": ("место", "места", "мест"),
    "property": ("свойство", "свойства", "свойств"),
    "request": ("запрос", "запроса", "запросов"),
    "row": ("строка", "строки", "строк"),
    "run": ("запуск", "запуска", "запусков"),
    "scenario": ("сценарий", "сценария", "сценариев"),
    "selected scenario": ("сценарий из выбранных", "сценария из выбранных", "сценариев из выбранных"),
    "table": ("таблица", "таблицы", "таблиц"),
    "user": ("пользователь", "пользователя", "пользователей"),
    "warehouse check": ("проверка хранилища", "проверки хранилища", "проверок хранилища"),
    "warning": ("предупреждение", "предупреждения", "предупреждений"),
}

TABLE: Mapping[str, str] = {
    **PAGE,
    **ADVICE,
    # Outcomes, and other words of a closed set.
    "passed": "пройдено",
    "failed": "не пройдено",
    "errored": "не выяснено",
    "known": "известно",
    "fixed": "исправлено",
    "blocked": "не отправлено",
    "skipped": "пропущено",
    "ok": "в порядке",
    "problem": "проблема",
    "info": "сведения",
    "warning": "предупреждение",
    "Scenarios": "Сценарии",
    "Properties": "Свойства",
    "Warehouse checks": "Проверки хранилища",
    # The verdict.
    "shard %(part)s: a part of the selection": "доля %(part)s: часть выбранного",
    "sandbox run: says nothing about production": "запуск на песочнице: о рабочей системе он ничего не говорит",
    "nothing failed": "нарушений нет",
    "nothing is newly broken": "новых нарушений нет",
    "broken as in the baseline %(run)s: %(parts)s": "нарушено так же, как в исходном запуске %(run)s: %(parts)s",
    "interrupted": "прервано",
    "no scenario sent a request": "ни один сценарий не отправил запроса",
    "%(iterations)s; %(requests)s in %(seconds)s s": "%(iterations)s; %(requests)s за %(seconds)s с",
    "no scenario has a result": "ни у одного сценария нет результата",
    "%(number)s of %(total)s passed": "пройдено %(number)s из %(total)s",
    "%(parts)s of %(total)s": "%(parts)s из %(total)s",
    "%(number)s of %(selected)s never started": "%(number)s из %(selected)s не начато",
    "the run was interrupted": "запуск прерван",
    "the run did not finish": "запуск не завершён",
    "the ledger contradicts itself": "журнал противоречит себе",
    "the warehouse load is %(outcome)s": "загрузка хранилища: %(outcome)s",
    "%(part)s is errored": "%(part)s: не выяснено",
    "%(leaks)s in what the run wrote": "%(leaks)s в том, что записал запуск",
    "fixed counts as failed (--strict)": "исправленное считается нарушением (--strict)",
    "warnings fail (--strict)": "предупреждения считаются нарушением (--strict)",
    "quarantined": "в карантине",
    # Drift.
    "Drift": "Что стало иначе в ответах",
    "What answers had otherwise than in earlier runs, whatever the spec allows.": (
        "Чем ответы отличаются от прежних запусков, что бы ни допускала спецификация."
    ),
    "What is otherwise": "Что иначе",
    "Place": "Место",
    "Since": "Сравнено с запуском",
    "| Operation | Status | Place | What is otherwise | Since |": (
        "| Операция | Статус | Место | Что иначе | Сравнено с запуском |"
    ),
    "appeared: %(types)s; before in none of %(number)s": "появилось: %(types)s; прежде ни в одном из %(number)s",
    "vanished: in none of %(number)s; before %(types)s": "исчезло: ни в одном из %(number)s; прежде %(types)s",
    "has another type: %(after)s; before %(before)s": "другой тип: %(after)s; прежде %(before)s",
    "always null now: %(after)s; before never: %(before)s": "теперь всегда null: %(after)s; прежде никогда: %(before)s",
    "never null now: %(after)s; before always: %(before)s": "теперь не null: %(after)s; прежде всегда: %(before)s",
    "drift: answers have another shape than in earlier runs, which fails nothing: %(places)s": (
        "форма ответов не та, что в прежних запусках (drift), на исход это не влияет: %(places)s"
    ),
    "and %(number)s more of this answer: %(checks)s": "и ещё %(number)s в этом ответе: %(checks)s",
    "curl takes credentials from variables; set first: %(names)s": (
        "curl берёт учётные данные из переменных; сначала задайте: %(names)s"
    ),
    "and %(number)s more": "и ещё %(number)s",
    # Rows.
    "in quarantine until %(until)s (%(owner)s: %(because)s)": "в карантине до %(until)s (%(owner)s: %(because)s)",
    "expected %(expected)s, actual %(actual)s": "ожидалось %(expected)s, получено %(actual)s",
    "step %(number)s of %(count)s": "шаг %(number)s из %(count)s",
    "needed by %(users)s": "нужен для: %(users)s",
    " and %(number)s more": " и ещё %(number)s",
    "not in the spec": "нет в спецификации",
    "no response": "нет ответа",
    "not sent": "не отправлено",
    "not recorded": "не записано",
    "not counted": "не считано",
    "no result": "нет результата",
    "sample": "образцы",
    "%(seconds)s s": "%(seconds)s с",
    "%(minutes)s min %(seconds)s s": "%(minutes)s мин %(seconds)s с",
    "total": "всего",
    # The terminal.
    "environment %(name)s": "окружение %(name)s",
    "%(number)s not selected": "не выбрано: %(number)s",
    "as the contracts say: %(ids)s": "как сказано в контрактах: %(ids)s",
    "and %(number)s more that passed with a reason": "и ещё %(number)s с оговоркой",
    "further reasons: %(number)s": "ещё причин: %(number)s",
    "further causes, in the report: %(number)s": "ещё причин: %(number)s, они в отчёте",
    "head of the ledger: %(head)s": "последний хеш журнала: %(head)s",
    "Archive: %(path)s": "Архив: %(path)s",
    "Archive: none, since what leaked would be in it": "Архив: нет, в нём было бы то, что утекло",
    "guessed: %(tags)s; if that is why, write a value that the service has into the contract, and take the tag away": (
        "угадано: %(tags)s; если дело в этом, впишите в контракт значение, которое есть у сервиса, и уберите метку"
    ),
    "writes: %(policy)s": "запись: %(policy)s",
    "then %(phases)s": "затем: %(phases)s",
    "%(time)s left": "осталось %(time)s",
    "the run": "запуск",
    "expected": "ожидалось",
    "actual": "получено",
    "go on with: %(command)s": "продолжить: %(command)s",
    # Snapshots.
    "before the load": "до загрузки",
    "after the load": "после загрузки",
    "before the scenario": "до сценария",
    "after the scenario": "после сценария",
    "no snapshot %(when)s": "нет снимка %(when)s",
    "not counted %(when)s": "не считано %(when)s",
    "not measured: no snapshot was taken in this run": "не измерено: снимков в этом запуске не было",
    "not measured: the snapshots name no table": "не измерено: снимки не называют ни одной таблицы",
    # The protocol.
    "Stage 1: environment": "Этап 1: окружение",
    "Stage 2: tests": "Этап 2: проверки",
    "Stage 3: logs, artifacts, snapshots": "Этап 3: журналы, артефакты, снимки",
    "The ledger holds no finding about the environment.": "В журнале нет сведений об окружении.",
    "Recorded findings: %(findings)s; of them problems: %(problems)s%(named)s.": (
        "Записано сведений: %(findings)s; из них проблем: %(problems)s%(named)s."
    ),
    "Scenarios with a result: %(number)s of %(selected)s selected; not selected: %(deselected)s.": (
        "Сценариев с результатом: %(number)s из выбранных %(selected)s; не выбрано: %(deselected)s."
    ),
    "Requests sent: %(requests)s; of them writes: %(writes)s.": (
        "Отправлено запросов: %(requests)s; из них на запись: %(writes)s."
    ),
    "Properties with a result: %(number)s.": "Свойств с результатом: %(number)s.",
    "Warehouse checks with a result: %(number)s of %(planned)s planned.": (
        "Проверок хранилища с результатом: %(number)s из намеченных %(planned)s."
    ),
    "Ledger lines: %(lines)s; the last one closes the run.": "Строк журнала: %(lines)s; последняя завершает запуск.",
    "Ledger lines: %(lines)s; none of them closes a whole run.": (
        "Строк журнала: %(lines)s; ни одна не завершает запуск целиком."
    ),
    "Recorded steps: %(steps)s; of them with an artifact: %(artifacts)s.": (
        "Записано шагов: %(steps)s; из них с артефактом: %(artifacts)s."
    ),
    "Snapshot before the load": "Снимок до загрузки",
    "Snapshot after the load": "Снимок после загрузки",
    "%(snapshot)s: not taken.": "%(snapshot)s: не сделан.",
    "%(snapshot)s: %(counted)s of %(tables)s counted%(note)s.": (
        "%(snapshot)s: считано %(counted)s из %(tables)s%(note)s."
    ),
    # Templates.
    "Contract run": "Проверка контрактов",
    "Executive Summary": "Сводка",
    "Run": "Запуск",
    "Environment": "Окружение",
    "simulated": "имитация",
    "recorded traffic: nothing was sent": "записанный трафик: ничего не отправлено",
    "%(file)s: %(judged)s of %(entries)s entries judged": "%(file)s: проверено записей: %(judged)s из %(entries)s",
    "left out": "не рассмотрено",
    "no request of HTTP with an answer": "не запрос HTTP с ответом",
    "to another address": "на другой адрес",
    "answered by a cache": "ответ из кэша",
    "a preflight of the browser": "предварительный запрос браузера",
    "given up by the client": "прервано клиентом",
    "a page, or what it is made of": "страница или её часть",
    "no operation of a document": "нет такой операции в документе",
    "Base URL": "Базовый адрес",
    "Started": "Начало",
    "Finished": "Конец",
    "Complete": "Завершён",
    "yes": "да",
    "no: the run was interrupted": "нет: запуск прерван",
    "no: the run did not finish": "нет: запуск не завершён",
    "resumed at": "продолжен в",
    "Tool": "Программа",
    "Git commit": "Коммит git",
    "Totals": "Итоги",
    "Scenarios selected: %(selected)s; not selected: %(deselected)s; selected but never started: %(missing)s": (
        "Выбрано сценариев: %(selected)s; не выбрано: %(deselected)s; выбрано, но не начато: %(missing)s"
    ),
    "Leak": "Утечка",
    "The ledger contradicts itself. The outcomes here are those that the recorded steps add up to:": (
        "Журнал противоречит себе. Здесь стоят исходы, которые следуют из записанных шагов:"
    ),
    "Scenario %(scenario)s: the ledger says %(recorded)s, its steps say %(recomputed)s.": (
        "Сценарий %(scenario)s: в журнале %(recorded)s, по шагам %(recomputed)s."
    ),
    "Findings": "Что найдено",
    "Step %(step)s, %(check)s %(outcome)s": "Шаг %(step)s, %(check)s: %(outcome)s",
    "Step %(step)s, %(outcome)s": "Шаг %(step)s: %(outcome)s",
    "at %(path)s": "в %(path)s",
    "No row of this run is failed, errored, fixed or known.": (
        "В этом запуске нет строк с исходом «не пройдено», «не выяснено», «исправлено» или «известно»."
    ),
    "Causes": "Причины",
    "as in the baseline": "как в исходном запуске",
    "%(number)s as in the baseline": "как в исходном запуске: %(number)s",
    "%(number)s blocked by it": "не отправлено из-за неё: %(number)s",
    "at %(places)s": "где: %(places)s",
    "step %(number)s": "шаг %(number)s",
    "step %(number)s of %(steps)s": "шаг %(number)s из %(steps)s",
    "contract": "контракт",
    "request": "запрос",
    "earlier runs": "прежние запуски",
    "cause": "причина",
    "again": "ещё раз",
    "one of %(rows)s": "одна из %(rows)s",
    "%(place)s in the scenario at %(scenario)s": "%(place)s в сценарии %(scenario)s",
    "artifact": "артефакт",
    "look again": "проверить снова",
    "send again": "отправить снова",
    "No row of this run is failed or errored.": "В этом запуске нет строк с исходом «не пройдено» или «не выяснено».",
    "No earlier run of this environment was looked at.": "С прежними запусками этого окружения сравнения не было.",
    "run %(run)s, started %(time)s, took %(span)s": "запуск %(run)s, начат %(time)s, длился %(span)s",
    "further causes, in the summary of the job: %(number)s": "ещё причин в сводке задания: %(number)s",
    "Further causes, in report.md: %(number)s.": "Ещё причин в report.md: %(number)s.",
    "Fixed since the last run that looked": "Исправлено с последнего запуска, который смотрел",
    "The rest is in report.md.": "Остальное в report.md.",
    "new": "новое",
    "broken since %(time)s, %(runs)s with this one": "сломано с %(time)s, с этим %(runs)s",
    "flaky: broken %(runs)s of %(of)s": "нестабильно: сломано %(runs)s из %(of)s",
    "fixed now, broken before (runs: %(runs)s)": "исправлено, раньше было сломано (запусков: %(runs)s)",
    "Environment Details": "Подробности окружения",
    "| Finding | Value | Status | Detail |": "| Что проверено | Значение | Состояние | Подробности |",
    "Test Matrix": "Матрица проверок",
    "Source": "Источник",
    "| Test ID | Endpoint | Outcome | Status | Latency (ms) | Artifact | Notes | Source | Evidence |": (
        "| ID | Адрес | Исход | Статус | Задержка (мс) | Артефакт | Примечания | Источник | Основание |"
    ),
    "No scenario has a result.": "Ни у одного сценария нет результата.",
    "Responses that were not checked against the spec, because the contract says `schema: false`": (
        "Ответы, не сверенные со спецификацией, так как в контракте стоит `schema: false`"
    ),
    "Requests that were generated from the spec with seed %(seed)s. A check counts only where it really looked at an "
    "answer.": (
        "Запросы, порождённые по спецификации с начальным числом %(seed)s. Проверка считается только там, где она "
        "действительно смотрела на ответ."
    ),
    "Check": "Проверка",
    "examples": "примеров",
    "only %(answers)s came": "приходило только %(answers)s",
    "with error code": "с кодом ошибки",
    "that is not a success": "без признака успеха",
    "never accepted, because %(because)s": "ни разу не принято (%(because)s)",
    "Never accepted, because %(because)s": "Ни разу не принято (%(because)s)",
    "| Property | Outcome | Examples | Reason | Artifact |": "| Свойство | Исход | Примеров | Причина | Артефакт |",
    "Latency Analysis": "Задержки",
    "Milliseconds over the recorded responses of scenario steps; percentiles are nearest-rank.": (
        "Миллисекунды по записанным ответам на шаги сценариев; процентили по ближайшему рангу."
    ),
    "| Operation | Count | Min | p50 | p90 | p99 | Max |": "| Операция | Число | Мин | p50 | p90 | p99 | Макс |",
    "Not measured: no response was recorded.": "Не измерено: не записано ни одного ответа.",
    "Requests for tokens": "Запросы токенов",
    "They count among the requests sent, and are no writes.": "Они входят в число отправленных запросов и не пишут.",
    "| Credential | Request | Status | Evidence | Why it is no token |": (
        "| Учётные данные | Запрос | Статус | Основание | Почему это не токен |"
    ),
    "Row counts": "Число строк",
    "| Table | Rows before | Rows after | Delta | Note |": (
        "| Таблица | Строк до | Строк после | Разница | Примечание |"
    ),
    "around %(scenario)s": "вокруг %(scenario)s",
    "Load": "Загрузка",
    "Rows written, as the loader says": "Записано строк, по словам загрузчика",
    "Load: not recorded.": "Загрузка: не записана.",
    "| Check ID | Table | Check | Outcome | Expected | Actual | Message |": (
        "| ID | Таблица | Проверка | Исход | Ожидалось | Получено | Сообщение |"
    ),
    "Checks: none has a result.": "Проверки: ни у одной нет результата.",
    "Security and PII": "Безопасность и персональные данные",
    "Redaction": "Сокрытие данных",
    "Write policy": "Правило записи",
    "requests sent: %(requests)s, of them writes: %(writes)s": (
        "отправлено запросов: %(requests)s, из них на запись: %(writes)s"
    ),
    "Requests sent": "Отправлено запросов",
    "Writes sent": "Из них на запись",
    "Artifacts": "Артефакты",
    "| Test ID | Step | File |": "| ID | Шаг | Файл |",
    "No step names an artifact.": "Ни один шаг не называет артефакта.",
    "Protocol": "Протокол",
    # Under load.
    "Under load": "Под нагрузкой",
    "%(users)s, %(seconds)s s measured; what broke first is in the ledger with its exchange.": (
        "Пользователей: %(users)s; измерялось %(seconds)s с; первые нарушения вместе с обменом есть в журнале."
    ),
    "| Threshold | Of | Outcome | Measured |": "| Порог | Для чего | Итог | Измерено |",
    "| Operation | Requests | Failed | Per second | p50 | p95 | p99 | Max |": (
        "| Операция | Запросов | С нарушением | В секунду | p50 | p95 | p99 | Макс. |"
    ),
    "%(number)s times: %(scenario)s, step %(step)s, %(check)s": "%(number)s раз: %(scenario)s, шаг %(step)s, %(check)s",
    "Not part of the load": "Не вошли в нагрузку",
    "%(count)s gone": "исчезло: %(count)s",
    "New": "Новое",
    "Gone": "Исчезло",
    "Still there": "Осталось",
}
