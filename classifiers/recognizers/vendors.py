"""Keys whose issuer gave them a prefix, so that scanners can find them.

The prefixes are those that the issuers document for secret scanning; lengths are bounded generously, because issuers
lengthen their keys without notice. `marks`: one of these stands in every key, so that a text without any of them need
not be searched.
"""

from dataclasses import dataclass

_BOUNDED = r"(?<![A-Za-z0-9_-])"
_ENDED = r"(?![A-Za-z0-9])"


@dataclass(frozen=True, slots=True)
class VendorKey:
    """One issuer's form of a key."""

    name: str
    pattern: str
    marks: tuple[str, ...]


def _key(name: str, pattern: str, *marks: str) -> VendorKey:
    return VendorKey(name, _BOUNDED + pattern, marks)


_CLOUDS = [
    _key("AWS access key id", r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}" + _ENDED, "AKIA", "ASIA", "ABIA", "ACCA"),
    _key("Google API key", r"AIza[\w-]{35}(?![\w-])", "AIza"),
    _key("Google OAuth client secret", r"GOCSPX-[\w-]{28}(?![\w-])", "GOCSPX-"),
    _key("Azure client secret", r"[\w.~-]{3}\dQ~[\w.~-]{31,34}(?![\w~-])", "Q~"),
    _key("DigitalOcean token", r"do[opr]_v1_[0-9a-f]{64}" + _ENDED, "_v1_"),
    _key("Heroku key", r"HRKU-[\w-]{36,80}", "HRKU-"),
    _key("Alibaba access key id", r"LTAI[A-Za-z0-9]{12,24}" + _ENDED, "LTAI"),
    _key("Vault token", r"hv[sbr]\.[\w-]{24,300}", "hvs.", "hvb.", "hvr."),
    _key("Terraform token", r"[A-Za-z0-9]{14}\.atlasv1\.[\w-]{60,70}", ".atlasv1."),
    _key("Cloudflare key", r"v1\.0-[0-9a-f]{24}-[0-9a-f]{120,160}" + _ENDED, "v1.0-"),
    _key("Databricks token", r"dapi[0-9a-f]{32}(?:-\d)?" + _ENDED, "dapi"),
]
_CODE = [
    _key(
        "GitHub token",
        r"(?:gh[oprsu]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{40,255})",
        "gho_",
        "ghp_",
        "ghr_",
        "ghs_",
        "ghu_",
        "github_pat_",
    ),
    _key(
        "GitLab token",
        r"gl(?:pat|dt|rt|ptt|cbt|ft|imt|agent|soat|ffct|oas)-[\w.-]{20,300}",
        "glpat-",
        "gldt-",
        "glrt-",
        "glptt-",
        "glcbt-",
        "glft-",
        "glimt-",
        "glagent-",
        "glsoat-",
        "glffct-",
        "gloas-",
    ),
    _key("npm token", r"npm_[A-Za-z0-9]{36}" + _ENDED, "npm_"),
    _key("PyPI token", r"pypi-AgEI[\w-]{50,1000}", "pypi-AgEI"),
    _key("Docker token", r"dckr_(?:pat|oat)_[\w-]{27,64}", "dckr_"),
    _key("Atlassian token", r"ATATT3[\w=-]{100,300}", "ATATT3"),
    _key("Linear key", r"lin_api_[A-Za-z0-9]{40}" + _ENDED, "lin_api_"),
    _key(
        "Notion token", r"(?:ntn_[A-Za-z0-9]{40,60}|secret_(?=[A-Za-z]*\d)[A-Za-z0-9]{43})" + _ENDED, "ntn_", "secret_"
    ),
    _key("Airtable token", r"pat[A-Za-z0-9]{14}\.[0-9a-f]{64}" + _ENDED, "pat"),
    _key("Postman key", r"PMAK-[0-9a-f]{24}-[0-9a-f]{34}" + _ENDED, "PMAK-"),
    _key("Supabase token", r"sbp_(?:[a-z]\d_)?[0-9a-f]{40}" + _ENDED, "sbp_"),
    _key("PlanetScale key", r"pscale_(?:tkn|pw|oauth)_[\w.=-]{32,64}(?![\w=-])", "pscale_"),
    _key("Dropbox token", r"sl\.(?=[\w-]{0,200}\d)[\w.-]{60,2000}", "sl."),
    _key("Grafana token", r"gl(?:sa|c)_[A-Za-z0-9+/=_]{32,400}", "glsa_", "glc_"),
    _key("New Relic key", r"NRAK-[A-Z0-9]{27}" + _ENDED, "NRAK-"),
]
_MODELS = [
    _key("Anthropic key", r"sk-ant-[a-z]{2,8}\d\d-[\w-]{24,255}", "sk-ant-"),
    _key("sk- key", r"sk-(?=[\w-]{0,200}\d)(?=[\w-]{0,200}[A-Z])[\w-]{20,255}", "sk-"),
    _key("Hugging Face token", r"hf_[A-Za-z0-9]{34}" + _ENDED, "hf_"),
    _key("Groq key", r"gsk_[A-Za-z0-9]{40,60}" + _ENDED, "gsk_"),
    _key("xAI key", r"xai-[A-Za-z0-9]{60,100}" + _ENDED, "xai-"),
    _key("Perplexity key", r"pplx-[A-Za-z0-9]{40,60}" + _ENDED, "pplx-"),
    _key("Replicate token", r"r8_[A-Za-z0-9]{37}" + _ENDED, "r8_"),
]
_MONEY_AND_MAIL = [
    _key("Stripe key", r"[rs]k_(?:live|test)_[A-Za-z0-9]{16,255}", "k_live_", "k_test_"),
    _key("Stripe webhook secret", r"whsec_[A-Za-z0-9+/]{24,64}", "whsec_"),
    _key("Square token", r"(?:sq0(?:atp|csp)-[\w-]{22,43}|EAAA[\w-]{60})(?![\w-])", "sq0", "EAAA"),
    _key("Shopify token", r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}" + _ENDED, "shpat_", "shpca_", "shppa_", "shpss_"),
    _key("SendGrid key", r"SG\.[\w-]{22}\.[\w-]{43}(?![\w-])", "SG."),
    _key("Mailgun key", r"key-[0-9a-f]{32}" + _ENDED, "key-"),
    _key("Mailchimp key", r"[0-9a-f]{32}-us\d{1,2}" + _ENDED, "-us"),
    _key("Twilio key", r"SK[0-9a-f]{32}" + _ENDED, "SK"),
]
_MESSAGES = [
    _key("Slack token", r"(?:xox[abceoprs]|xapp)-[A-Za-z0-9-]{10,255}", "xox", "xapp-"),
    VendorKey("Slack webhook", r"https://hooks\.slack\.com/\K(?:services|workflows)/[A-Za-z0-9/_-]{20,255}",
              ("hooks.slack.com",)),
    # Base64 of the bot's number, whose first two digits make the first two letters.
    _key("Discord bot token", r"(?:[MN][DTjz]|O[DT])[A-Za-z0-9]{22,26}\.[\w-]{6,7}\.[\w-]{27,40}(?![\w-])",
         "MD", "MT", "Mj", "Mz", "ND", "NT", "Nj", "Nz", "OD", "OT"),
    _key("Facebook token", r"EAAC(?=[A-Za-z]*\d)[A-Za-z0-9]{60,300}" + _ENDED, "EAAC"),
    VendorKey("Discord webhook", r"https://(?:\w{1,10}\.)?discord(?:app)?\.com/api/webhooks/\K\d{17,20}/[\w-]{60,80}",
              ("/api/webhooks/",)),
    VendorKey("Teams webhook", r"https://[\w-]{1,60}\.webhook\.office\.com/\Kwebhookb2/[\w@/-]{60,300}",
              ("webhook.office.com",)),
    _key("Telegram bot token", r"\d{8,10}:AA[\w-]{33}(?![\w-])", ":AA"),
]  # fmt: skip

VENDORS: tuple[VendorKey, ...] = (*_CLOUDS, *_CODE, *_MODELS, *_MONEY_AND_MAIL, *_MESSAGES)
