from shop import shop

from ccstack.model import Menu

prompt = {"en": "For sales press 1. For a message press 2."}
center = shop(
    menus=[
        Menu(
            name="main",
            prompt=prompt,
            options={
                "1": "sales",
                "1": "mailbox",  # noqa: F601
            },
        )
    ]
)
