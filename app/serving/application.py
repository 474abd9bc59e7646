"""What those who serve expect of the one application that they serve."""

from abc import ABC, abstractmethod

from gunicorn.app.base import BaseApplication

from app.serving.bounds import Bounds
from app.serving.channel import Adjusted


class Application(BaseApplication, ABC):
    bounds: Bounds
    most: int
    """Connections that there may be in each process."""

    @abstractmethod
    def adjusted(self) -> Adjusted:
        """How waitress reads and writes."""

    @abstractmethod
    def renew(self) -> bool:
        """Builds the app anew; whether that went well."""

    @abstractmethod
    def retire(self) -> None:
        """Whatever works beside the requests takes on nothing new."""

    @abstractmethod
    def keep(self) -> None:
        """It goes on, whatever ended it; asked each moment."""
